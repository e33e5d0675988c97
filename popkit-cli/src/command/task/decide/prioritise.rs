//! `popkit task prioritise`.

use clap::Args;
use popkit_protocol::{Priority, TaskId};
use popkit_store::Action;

use super::super::Desk;
use super::change::change;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit task prioritise`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct PrioritiseArgs {
    /// The task
    id: TaskId,
    /// 1 (last) to 10 (first)
    priority: i64,
}

/// Changes a priority.
pub(in crate::command::task) async fn run(
    args: PrioritiseArgs,
    desk: &Desk,
) -> Result<Exit, CliError> {
    let priority = Priority::try_from(args.priority).map_err(|e| CliError::usage(e.to_string()))?;
    change(desk, vec![args.id], Action::Reprioritise { priority }).await
}
