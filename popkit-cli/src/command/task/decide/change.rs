//! What all these commands have in common.

use clap::Args;
use popkit_protocol::TaskId;
use popkit_store::{Action, ChangeRequest};

use super::super::Desk;
use super::super::view::json::TaskView;
use crate::context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// One task or several.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The tasks
    #[arg(required = true, value_name = "ID")]
    pub(super) ids: Vec<TaskId>,
}

/// Why.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// Why: a text for the history
    #[arg(long)]
    pub(super) reason: Option<String>,
}

/// Changes each task and says what became of it. Those before one that is refused stay
/// changed; the error names the one.
pub(super) async fn change(
    desk: &Desk,
    ids: Vec<TaskId>,
    action: Action,
) -> Result<Exit, CliError> {
    let by = operator();
    for id in ids {
        let request = ChangeRequest::new(id.clone(), action.clone(), &by);
        let task = desk.tasks.change(request).await.map_err(|e| {
            let error = CliError::from(e);
            if error.message.contains(id.as_str()) { error } else { error.at(&id) }
        })?;
        if desk.cx.json {
            output::json(&TaskView::brief(&task))?;
        } else {
            output::line(format!("{id} {}", super::super::view::text::state(&task)))?;
        }
    }
    Ok(Exit::Done)
}

/// Who does it, for the history: an agent by its name, else the user.
fn operator() -> String {
    let names = ["POPKIT_AGENT", "USER", "LOGNAME", "USERNAME"];
    names.into_iter().find_map(context::var).unwrap_or_else(|| "operator".to_owned())
}
