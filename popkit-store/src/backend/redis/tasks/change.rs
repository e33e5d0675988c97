//! Changing a task without a lease.

use popkit_protocol::{Actor, ScoreMode, Task, TaskId, TransitionError, Trigger, limits};

use super::call::{Caller, list, part, text};
use super::insert::step_of;
use super::script::{CHANGE, GET};
use super::step::{Decision, to_json};
use super::{look, record};
use crate::backend::redis::classify::corrupt;
use crate::engine::full;
use crate::error::illegal;
use crate::{Action, ChangeRequest, Error, ErrorKind, Result};

pub(super) async fn change(
    caller: &Caller,
    (mode, max_lanes): (ScoreMode, usize),
    request: ChangeRequest,
) -> Result<Task> {
    let ChangeRequest { task: id, action, by, revision } = request;
    // A task that comes back needs its lane. What was asked for never changes: it can be read
    // before.
    let requirement = match action {
        Action::Requeue => {
            let call = caller.begin(None).arg(id.as_str());
            let found = look::records(caller.eval("change", &GET, call).await?)?.pop().flatten();
            Some(found.ok_or_else(|| not_found(&id))?.spec.requirement())
        }
        _ => None,
    };
    let by = Actor::Operator(limits::cut(&by, limits::NOTE_BYTES).to_owned());
    let (name, reason, priority) = match &action {
        Action::Enqueue => ("enqueue", None, None),
        Action::Cancel { reason } => ("cancel", reason.clone(), None),
        Action::Requeue => ("requeue", None, None),
        Action::Pause { reason } => ("pause", reason.clone(), None),
        Action::Resume => ("resume", None, None),
        Action::Approve => ("approve", None, None),
        Action::Reject { reason } => ("reject", reason.clone(), None),
        Action::Reprioritise { priority } => ("priority", None, Some(priority.level())),
    };
    let lane = requirement.as_ref().map(|needs| needs.lane().to_string()).unwrap_or_default();
    let needs = requirement.as_ref().map(to_json).transpose()?.unwrap_or_default();
    let call = caller
        .begin(None)
        .arg(id.as_str())
        .arg(revision.map(|number| number.to_string()).unwrap_or_default())
        .arg(name)
        .arg(Decision::json(by, reason)?)
        .arg(priority.map(|level| level.to_string()).unwrap_or_default())
        .arg(step_of(mode))
        .arg(lane)
        .arg(needs)
        .arg(max_lanes);
    let mut reply = list(caller.eval("change", &CHANGE, call).await?)?;
    let refused = |kind, message: String| Err(Error::new(kind, message).with("task", &id));
    match text(&mut reply)?.as_str() {
        "ok" => record::read(part(&mut reply)?)?.ok_or_else(|| not_found(&id)),
        "none" => Err(not_found(&id)),
        "revision" => {
            let expected = revision.unwrap_or_default();
            let message = format!("it is at revision {}, not {expected}", text(&mut reply)?);
            refused(ErrorKind::Conflict, message)
        }
        "no" => {
            let state = record::state(&text(&mut reply)?)?;
            match trigger(&text(&mut reply)?) {
                Some(by) => Err(illegal(&TransitionError::new(state, by)).with("task", &id)),
                None => refused(
                    ErrorKind::IllegalTransition,
                    format!("cannot reprioritise a task that is {state}"),
                ),
            }
        }
        "unique" => {
            let (other, key) = (text(&mut reply)?, text(&mut reply)?);
            let message = format!("task {other} is open with the same unique key {key}");
            refused(ErrorKind::Conflict, message)
        }
        "full" => match &requirement {
            Some(requirement) => Err(full(max_lanes, requirement)),
            None => Err(corrupt("a script answered about lanes")),
        },
        other => Err(corrupt(format!("a script answered {other:?}"))),
    }
}

fn not_found(id: &TaskId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no task {id}"))
}

fn trigger(name: &str) -> Option<Trigger> {
    Trigger::ALL.into_iter().find(|trigger| trigger.name() == name)
}
