//! `popkit task release`.

use std::time::Duration;

use clap::Args;
use popkit_protocol::{Outcome, TaskId, duration};

use super::super::Desk;
use super::finish::finish;
use super::held::Which;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task release`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ReleaseArgs {
    /// The task [env: POPKIT_TASK_ID] [default: the only one the agent holds]
    id: Option<TaskId>,
    #[command(flatten)]
    which: Which,
    /// Nobody is to claim it before this time is over
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    delay: Option<Duration>,
}

/// Gives a task back. No attempt is counted.
pub(in crate::command::task) async fn run(
    args: ReleaseArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    let outcome = match args.delay {
        Some(delay) => Outcome::Snooze { delay },
        None => Outcome::Release,
    };
    finish(desk, args.which, args.id, outcome).await
}
