//! `popkit task fail`.

use std::time::Duration;

use clap::Args;
use popkit_protocol::{Failure, Outcome, TaskId, duration};
use popkit_store::TaskStoreExt as _;

use super::super::Desk;
use super::finish::finish;
use super::held::Which;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task fail`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct FailArgs {
    /// What went wrong
    message: String,
    /// The task [env: POPKIT_TASK_ID] [default: the only one the agent holds]
    #[arg(long, value_name = "ID")]
    id: Option<TaskId>,
    #[command(flatten)]
    which: Which,
    /// A word to group failures by
    #[arg(long, value_name = "WORD", default_value = "error")]
    kind: String,
    /// For good: no other attempt
    #[arg(long = "final", conflicts_with = "delay")]
    for_good: bool,
    /// Try again after this time, not when the task's retry policy says
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    delay: Option<Duration>,
}

/// Ends an attempt that failed.
pub(in crate::command::task) async fn run(args: FailArgs, desk: &Desk) -> Result<Exit, CliError> {
    // `complete ID` and `start ID` take the task first; here that place is the message's.
    if args.id.is_none()
        && let Ok(id) = TaskId::new(&args.message)
        && desk.tasks.get(&id).await?.is_some()
    {
        let message = format!(
            "{id} is a task, not what went wrong: write `popkit task fail --id {id} MESSAGE`"
        );
        return Err(CliError::new(Exit::Usage, message));
    }
    let error = Failure::new(args.kind, args.message);
    let outcome = match args.for_good {
        true => Outcome::Fail { error },
        false => Outcome::Retry { delay: args.delay, error },
    };
    finish(desk, args.which, args.id, outcome).await
}
