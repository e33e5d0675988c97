//! Ending a lease.

use std::time::Duration;

use popkit_protocol::{
    Actor, Change, FailCause, Failure, Hold, LeaseToken, Outcome, Task, TaskState, Timestamp,
    Trigger, task::transition,
};

use super::Tables;
use super::change::short;
use super::release::{Ended, release};
use super::write::Draft;
use crate::{Finish, Finished, LeaseLost, Result};

pub(super) fn lost(task: &Task) -> LeaseLost {
    LeaseLost {
        task: task.id().clone(),
        state: Some(task.state),
        held_by: task.hold.as_ref().map(|hold| hold.agent.clone()),
        attempt: task.attempt,
    }
}

/// Ends one lease, if it is still held: the pair decides.
pub(super) fn finish<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    Finish { token, outcome }: Finish,
) -> Result<Finished> {
    let Some(task) = tables.find(&token.task)? else {
        return Ok(Finished::Lost(LeaseLost::unknown(token.task)));
    };
    if !task.hold.as_ref().is_some_and(|hold: &Hold| hold.is(&token)) {
        return Ok(match was_ended_so(&task, &token, &outcome) {
            true => Finished::Accepted(task.state),
            false => Finished::Lost(lost(&task)),
        });
    }
    let pauses = matches!(outcome, Outcome::Pause { .. });
    if pauses && task.state == TaskState::Paused {
        return Ok(Finished::Accepted(task.state));
    }
    if let Err(refusal) = transition(task.state, trigger(&task, &outcome)) {
        return Ok(Finished::Refused(refusal));
    }
    let mut draft = Draft::new(task);
    let change = change(&draft.task, now, outcome);
    draft.record(tables, now, change)?;
    let task = draft.save(tables)?;
    if task.state.is_terminal() {
        release(tables, now, Ended::of(&task))?;
    }
    Ok(Finished::Accepted(task.state))
}

/// Whether this very lease was ended by this very kind of outcome before: a repeat.
fn was_ended_so(task: &Task, token: &LeaseToken, outcome: &Outcome) -> bool {
    task.last_end.is_some_and(|end| {
        end.fence == token.fence && end.claim == token.claim && Some(end.how) == outcome.ends()
    })
}

fn trigger(task: &Task, outcome: &Outcome) -> Trigger {
    match outcome {
        Outcome::Done { .. } if task.spec.review => Trigger::Submit,
        Outcome::Done { .. } => Trigger::Complete,
        Outcome::Retry { .. } if no_attempt_left(task) => Trigger::Fail,
        Outcome::Fail { .. } => Trigger::Fail,
        Outcome::Cancel { .. } => Trigger::Cancel,
        Outcome::Pause { .. } => Trigger::Pause,
        _ => Trigger::GiveBack,
    }
}

fn no_attempt_left(task: &Task) -> bool {
    task.attempt >= task.spec.retry.max_attempts
}

fn change(task: &Task, now: Timestamp, outcome: Outcome) -> Change {
    match outcome {
        Outcome::Done { result } => {
            // No result and the result null are one and the same once written.
            Change::Completed { result: result.filter(|json| !json.is_null()) }
        }
        Outcome::Retry { error, .. } if no_attempt_left(task) => {
            Change::Failed { cause: FailCause::Attempts, error: cut(error) }
        }
        Outcome::Retry { delay, error } => {
            let delay = delay.unwrap_or_else(|| task.spec.retry.delay(task.id(), task.attempt));
            let due = (delay > Duration::ZERO).then(|| now.after(delay));
            Change::Retried { due, error: cut(error) }
        }
        Outcome::Fail { error } => Change::Failed { cause: FailCause::Fatal, error: cut(error) },
        Outcome::Snooze { delay } => Change::Snoozed { due: now.after(delay) },
        Outcome::Cancel { reason } => {
            Change::Cancelled { by: Actor::Holder, reason: short(reason) }
        }
        Outcome::Pause { reason } => Change::Paused { by: Actor::Holder, reason: short(reason) },
        _ => Change::Released,
    }
}

/// Made anew, within its limits: its fields are public.
fn cut(error: Failure) -> Failure {
    Failure::new(error.kind, error.text)
}
