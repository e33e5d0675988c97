//! Bringing the store to what was decided.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{TaskId, TaskState, Timestamp};
use popkit_store::{
    Action, ChangeRequest, ErrorKind, InsertOptions, Inserted, PruneQuery, Result, TaskStore,
};

use super::Decision;
use crate::error::CliError;

/// Who the history says it was.
pub(super) const BY: &str = "popkit run";
/// Ended tasks are removed up to a point in time; this lies behind every clock's now.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Applied {
    /// All of it is done.
    Whole,
    /// Another run of the plan has inserted this task meanwhile: what is stored is another than
    /// what the decision was made for.
    Overtaken(TaskId),
}

/// Does what was decided. Cut short at any point, the next run decides the rest.
///
/// # Errors
///
/// What the store says; also where a task to be replaced is still there, because another one
/// needs it.
pub(in super::super) async fn apply(
    store: &dyn TaskStore,
    decision: &Decision,
    now: Timestamp,
) -> Result<Applied, CliError> {
    remove(store, &decision.remove, "the plan changed", now).await?;
    for id in &decision.cancel {
        cancel(store, id, "no longer in the plan").await?;
    }
    for id in &decision.requeue {
        tolerate(store.change(ChangeRequest::new(id.clone(), Action::Requeue, BY)).await)?;
    }
    if !decision.insert.is_empty() {
        let answers = store.insert_opts(decision.insert.clone(), InsertOptions::default()).await?;
        if let Some(Inserted::Duplicate(id)) = answers.iter().find(|answer| !answer.is_created()) {
            if !decision.remove.contains(id) {
                return Ok(Applied::Overtaken(id.clone()));
            }
            let message = format!("task {id} could not be replaced: another task needs it");
            return Err(CliError::failed(message));
        }
    }
    Ok(Applied::Whole)
}

/// Cancels what is open of these tasks, in this order, and removes them all.
pub(super) async fn remove(
    store: &dyn TaskStore,
    tasks: &[TaskId],
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let open = |state: TaskState| !state.is_terminal();
    for (id, task) in tasks.iter().zip(store.get_many(tasks).await?) {
        if task.is_some_and(|task| open(task.state)) {
            cancel(store, id, reason).await?;
        }
    }
    let left: BTreeSet<TaskId> = tasks.iter().cloned().collect();
    if left.is_empty() {
        return Ok(());
    }
    let query = PruneQuery::before(now.after(AHEAD)).among(left).limit(tasks.len());
    while store.prune(query.clone()).await? > 0 {}
    Ok(())
}

async fn cancel(store: &dyn TaskStore, id: &TaskId, reason: &str) -> Result<()> {
    let action = Action::Cancel { reason: Some(reason.to_owned()) };
    let cancelled = store.change(ChangeRequest::new(id.clone(), action, BY)).await;
    tolerate(cancelled)
}

/// A task that ended meanwhile, for instance through an edge, is as good as cancelled; and one
/// that another run has put back is put back.
fn tolerate<T>(answer: Result<T>) -> Result<()> {
    match answer {
        Err(error) if error.kind() == ErrorKind::IllegalTransition => Ok(()),
        other => other.map(|_| ()),
    }
}
