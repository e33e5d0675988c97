//! `popkit task show`.

use clap::Args;
use popkit_protocol::TaskId;
use popkit_store::TaskStoreExt as _;

use super::super::view::{json::TaskView, text};
use super::super::{Desk, named_or_own, unknown};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// The arguments of `popkit task show`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ShowArgs {
    /// The task [env: POPKIT_TASK_ID]
    id: Option<TaskId>,
}

/// Shows a task.
pub(in crate::command::task) async fn run(args: ShowArgs, desk: &Desk) -> Result<Exit, CliError> {
    let Some(id) = named_or_own(args.id)? else {
        return Err(CliError::usage("which task? name it: `popkit task show ID`"));
    };
    let task = desk.tasks.get(&id).await?.ok_or_else(|| unknown(&id))?;
    if desk.cx.json {
        output::json(&TaskView::full(&task))?;
    } else {
        output::line(text::task(&task))?;
    }
    Ok(Exit::Done)
}
