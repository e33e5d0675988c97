//! `popkit task start`.

use clap::Args;
use popkit_protocol::{Progress, TaskId, TaskState};
use popkit_store::TaskStoreExt as _;

use super::super::Desk;
use super::held::{self, Which};
use super::progress;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task start`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct StartArgs {
    /// The task [env: POPKIT_TASK_ID] [default: the only one the agent holds]
    id: Option<TaskId>,
    #[command(flatten)]
    which: Which,
}

/// Reports the first progress. Work that has begun already is renewed only: to start twice
/// must not throw its progress back.
pub(in crate::command::task) async fn run(args: StartArgs, desk: &Desk) -> Result<Exit, CliError> {
    let held = held::find(desk, args.which, args.id).await?;
    let task = desk.tasks.get(&held.token.task).await?;
    let fresh = task.is_some_and(|task| task.state == TaskState::Assigned);
    let first = fresh.then(|| Progress::new(0.0, ""));
    progress::beat(desk, &held, first, None).await
}
