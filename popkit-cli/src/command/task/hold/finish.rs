//! Ending a lease.

use popkit_protocol::{IdSource as _, Outcome, RandomIds, TaskId, TaskState};
use popkit_store::{Finished, LeaseLost, StepRequest};

use super::super::Desk;
use super::super::view::json::StateView;
use super::held::{self, Held, Which};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// Ends the lease with this outcome and says where the task stands then.
pub(super) async fn finish(
    desk: &Desk,
    which: Which,
    id: Option<TaskId>,
    outcome: Outcome,
) -> Result<Exit, CliError> {
    let held = held::find(desk, which, id).await?;
    if held.of_run {
        let id = &held.token.task;
        let message = format!(
            "`popkit run` finishes task {id} itself, by the exit code of its command \
             (a result goes to $POPKIT_RESULT_FILE)"
        );
        return Err(CliError::new(Exit::Refused, message));
    }
    let request = StepRequest::new(held.holder, 0, RandomIds.request())
        .with_finish(held.token.clone(), outcome);
    match desk.tasks.step(request).await?.finished.into_iter().next() {
        Some(Finished::Accepted(state)) => {
            held.forget()?;
            say(desk, &held.token.task, state)
        }
        Some(Finished::Lost(loss)) => Err(lost(&held, &loss)?),
        Some(Finished::Refused(refusal)) => {
            Err(CliError::failed(format!("task {}: {refusal}", held.token.task)))
        }
        _ => Err(CliError::failed("the store gave no answer to the step")),
    }
}

/// A lost lease: the token is of no more use.
pub(super) fn lost(held: &Held, lost: &LeaseLost) -> Result<CliError, CliError> {
    held.forget()?;
    Ok(CliError::new(Exit::Refused, format!("{lost}; nothing was changed, stop working on it")))
}

/// Where a task stands now.
pub(super) fn say(desk: &Desk, id: &TaskId, state: TaskState) -> Result<Exit, CliError> {
    if desk.cx.json {
        output::json(&StateView::new(id, state))?;
    } else {
        output::line(format!("{id} {state}"))?;
    }
    Ok(Exit::Done)
}
