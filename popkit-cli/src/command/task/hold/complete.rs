//! `popkit task complete`.

use clap::Args;
use popkit_protocol::{Outcome, TaskId};

use super::super::Desk;
use super::finish::finish;
use super::held::Which;
use crate::error::CliError;
use crate::exit::Exit;
use crate::input;

/// The arguments of `popkit task complete`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct CompleteArgs {
    /// The task [env: POPKIT_TASK_ID] [default: the only one the agent holds]
    id: Option<TaskId>,
    #[command(flatten)]
    which: Which,
    /// What came out: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    result: Option<String>,
}

/// Finishes a task.
pub(in crate::command::task) async fn run(
    args: CompleteArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    let result = args.result.map(|given| input::json("--result", &given)).transpose()?;
    finish(desk, args.which, args.id, Outcome::Done { result }).await
}
