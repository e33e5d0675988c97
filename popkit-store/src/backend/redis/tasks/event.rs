//! An entry of the log, as scripts write it: the task, its numbers, and a word with what
//! belongs to it.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Actor, Change, Cursor, FailCause, Fence, Json, NewTask, Priority, TaskEvent, TaskId, Timestamp,
};
use popkit_redis::Reply;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::call::{list, number, text, unreadable};
use super::record::{parts, score, time, token};
use crate::Result;
use crate::backend::redis::classify::corrupt;

/// Who changed it and why.
#[derive(Debug, Deserialize)]
struct Decision {
    by: Actor,
    #[serde(default)]
    reason: Option<String>,
}

/// Reads an entry: its id, its text, and what was asked for, where it tells of an insertion.
pub(super) fn read(entry: Reply) -> Result<TaskEvent> {
    let mut entry = list(entry)?;
    let (id, line) = (text(&mut entry)?, text(&mut entry)?);
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (task, numbers, at) = (token::<TaskId>(next())?, next(), next());
    let (before, _) = numbers.split_at_checked(8).unwrap_or((numbers, ""));
    let number_of_task: u64 = number("an event's number", before)?;
    let at = Timestamp::from_micros(number("an event's time", at)?);
    let spec = entry.next().map(Reply::into_bytes).transpose().map_err(unreadable)?;
    let change = change(next(), at, spec.as_deref())?;
    let cursor = Cursor::from_number(number("an event's place", &id)?);
    Ok(TaskEvent::new((cursor, at), (task, number_of_task + 1), change))
}

fn change(what: &str, at: Timestamp, spec: Option<&[u8]>) -> Result<Change> {
    let (word, rest) = what.split_once(' ').unwrap_or((what, ""));
    let mut words = rest.split(' ');
    let mut next = || words.next().unwrap_or_default();
    Ok(match word {
        "inserted" => {
            let spec: NewTask = json(spec.unwrap_or_default())?;
            let score = score(next())?;
            let open = number("the number of parents", next())?;
            Change::Inserted { spec: Arc::new(spec), score, open }
        }
        "enqueued" => Change::Enqueued,
        "parent_ended" => {
            let open = number("the number of parents", next())?;
            Change::ParentEnded { parent: token(next())?, open }
        }
        "promoted" => Change::Promoted,
        "claimed" => {
            let (pair, attempt, deadline) = (next(), next(), next());
            let [fence, claim] = parts::<2>(pair, ',')?;
            let [holder, agent, lease, _] = parts::<4>(next(), ',')?;
            Change::Claimed {
                holder: token(holder)?,
                agent: token(agent)?,
                fence: Fence::from_number(number("the fence", fence)?),
                claim: token(claim)?,
                attempt: number("the attempt", attempt)?,
                deadline: Timestamp::from_micros(number("the deadline", deadline)?),
                lease: Duration::from_micros(number("the lease", lease)?),
            }
        }
        // The usual claim: its fence is its time, and its deadline follows.
        "taken" => {
            let (claim, attempt) = (next(), next());
            let [holder, agent, lease, _] = parts::<4>(next(), ',')?;
            let lease = Duration::from_micros(number("the lease", lease)?);
            Change::Claimed {
                holder: token(holder)?,
                agent: token(agent)?,
                fence: Fence::from_number(at.as_micros()),
                claim: token(claim)?,
                attempt: number("the attempt", attempt)?,
                deadline: at.after(lease),
                lease,
            }
        }
        "progressed" => Change::Progressed { progress: json(rest.as_bytes())? },
        "checkpointed" => Change::Checkpointed { value: json(rest.as_bytes())? },
        "completed" => Change::Completed {
            result: match rest {
                "" => None,
                text => Some(json::<Json>(text.as_bytes())?),
            },
        },
        "retried" => {
            let (due, error) = rest.split_once(' ').unwrap_or((rest, ""));
            Change::Retried { due: time("the due time", due)?, error: json(error.as_bytes())? }
        }
        "snoozed" => {
            Change::Snoozed { due: time("the due time", rest)?.unwrap_or(Timestamp::EPOCH) }
        }
        "released" => Change::Released,
        "failed" => {
            let (cause, error) = rest.split_once(' ').unwrap_or((rest, ""));
            let cause = match cause {
                "fatal" => FailCause::Fatal,
                "attempts" => FailCause::Attempts,
                "abandoned" => FailCause::Abandoned,
                _ => return Err(corrupt(format!("a task that failed by {cause:?}"))),
            };
            Change::Failed { cause, error: json(error.as_bytes())? }
        }
        "rescued" => Change::Rescued { holder: token(rest)? },
        "reprioritised" => {
            let priority = Priority::raw(number("the priority", next())?);
            Change::Reprioritised { priority, score: score(next())? }
        }
        _ => decided(word, json(rest.as_bytes())?)?,
    })
}

fn decided(word: &str, Decision { by, reason }: Decision) -> Result<Change> {
    Ok(match word {
        "cancelled" => Change::Cancelled { by, reason },
        "paused" => Change::Paused { by, reason },
        "resumed" => Change::Resumed { by },
        "requeued" => Change::Requeued { by },
        "approved" => Change::Approved { by },
        "rejected" => Change::Rejected { by, reason },
        _ => return Err(corrupt(format!("an event {word:?}"))),
    })
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| corrupt(format!("an event: {error}")))
}
