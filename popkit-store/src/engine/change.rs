//! Changing a task without a lease.

use popkit_protocol::{
    Actor, Change, ScoreMode, Task, Timestamp, TransitionError, Trigger, limits, task::transition,
};

use super::Tables;
use super::release::{Ended, release};
use super::write::Draft;
use crate::error::illegal;
use crate::{Action, ChangeRequest, Error, ErrorKind, Result};

/// The most bytes of an operator's name, or anybody's reason.
const TEXT: usize = limits::NOTE_BYTES;

/// A reason, cut to what the log keeps of it.
pub(crate) fn short(reason: Option<String>) -> Option<String> {
    reason.map(|text| limits::cut(&text, TEXT).to_owned())
}

/// Makes one change.
///
/// # Errors
///
/// `NotFound`, `Conflict`, `IllegalTransition`, or whatever the tables say.
pub fn change<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    mode: ScoreMode,
    request: ChangeRequest,
) -> Result<Task> {
    let Some(task) = tables.find(&request.task)? else {
        let message = format!("there is no task {}", request.task);
        return Err(Error::new(ErrorKind::NotFound, message));
    };
    if let Some(expected) = request.revision.filter(|expected| *expected != task.revision) {
        let message = format!("it is at revision {}, not {expected}", task.revision);
        return Err(Error::new(ErrorKind::Conflict, message).with("task", &request.task));
    }
    if task.state.is_terminal() && matches!(request.action, Action::Reprioritise { .. }) {
        let message = format!("cannot reprioritise a task that is {}", task.state);
        return Err(Error::new(ErrorKind::IllegalTransition, message).with("task", task.id()));
    }
    if let Some(by) = trigger(&task, &request.action) {
        check(&task, by)?;
    }
    if request.action == Action::Requeue {
        reopen(tables, &task)?;
    }
    let by = Actor::Operator(limits::cut(&request.by, TEXT).to_owned());
    let change = event(&task, mode, request.action, by);
    let mut draft = Draft::new(task);
    draft.record(tables, now, change)?;
    let task = draft.save(tables)?;
    if task.state.is_terminal() {
        release(tables, now, Ended::of(&task))?;
    }
    Ok(task)
}

/// A task that comes back needs its lane, and its unique key if nobody else took it.
fn reopen<T: Tables + ?Sized>(tables: &mut T, task: &Task) -> Result<()> {
    if let Some(key) = &task.spec.unique
        && let Some(other) = tables.open_with(key)?
    {
        let message = format!("task {other} is open with the same unique key {key}");
        return Err(Error::new(ErrorKind::Conflict, message).with("task", task.id()));
    }
    tables.register(&task.spec.requirement())
}

fn check(task: &Task, by: Trigger) -> Result<()> {
    let refuse = |error: TransitionError| illegal(&error).with("task", task.id());
    transition(task.state, by).map_err(refuse)?;
    // Only its holder may pause a task that is held: it is the one that must stop.
    if by == Trigger::Pause && task.hold.is_some() {
        return Err(refuse(TransitionError::new(task.state, by)));
    }
    Ok(())
}

fn trigger(task: &Task, action: &Action) -> Option<Trigger> {
    Some(match action {
        Action::Enqueue => Trigger::Enqueue,
        Action::Cancel { .. } => Trigger::Cancel,
        Action::Requeue => Trigger::Requeue,
        Action::Pause { .. } => Trigger::Pause,
        Action::Resume if task.hold.is_some() => Trigger::Resume,
        Action::Resume => Trigger::Unpause,
        Action::Approve => Trigger::Approve,
        Action::Reject { .. } => Trigger::Reject,
        Action::Reprioritise { .. } => return None,
    })
}

fn event(task: &Task, mode: ScoreMode, action: Action, by: Actor) -> Change {
    match action {
        Action::Enqueue => Change::Enqueued,
        Action::Cancel { reason } => Change::Cancelled { by, reason: short(reason) },
        Action::Requeue => Change::Requeued { by },
        Action::Pause { reason } => Change::Paused { by, reason: short(reason) },
        Action::Resume => Change::Resumed { by },
        Action::Approve => Change::Approved { by },
        Action::Reject { reason } => Change::Rejected { by, reason: short(reason) },
        Action::Reprioritise { priority } => {
            let score = mode.score(priority, task.created_at, task.score.seq);
            Change::Reprioritised { priority, score }
        }
    }
}
