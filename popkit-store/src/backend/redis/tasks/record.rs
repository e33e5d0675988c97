//! A task as scripts answer with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{
    AgentId, ClaimId, EndKind, ErrorEntry, Failure, Fence, Hold, HolderId, Json, Lease, LeaseEnd,
    LeaseToken, NewTask, Priority, Progress, Score, Task, TaskState, Timestamp,
};
use popkit_redis::Reply;
use serde::de::DeserializeOwned;

use super::call::{list, number, unreadable, utf8};
use crate::Result;
use crate::backend::redis::classify::corrupt;

/// The fields of a state, as `base.lua` lists them.
const FIELDS: usize = 28;

/// A record: id, state, what was asked for, then marks and what each of them stands for.
/// Nothing where there is no such task.
pub(super) fn read(record: Reply) -> Result<Option<Task>> {
    let parts = list(record)?.map(|part| part.into_bytes().map_err(unreadable));
    let parts: Vec<Bytes> = parts.collect::<Result<_>>()?;
    if parts.is_empty() {
        return Ok(None);
    }
    task(&parts).map(Some)
}

/// A lease: the record of a task that was just claimed, at this time of the store.
pub(in crate::backend::redis) fn lease(parts: &[Bytes], now: Timestamp) -> Result<Lease> {
    let task = task(parts)?;
    let Some(hold) = &task.hold else {
        return Err(corrupt(format!("task {} was claimed and is not held", task.id())));
    };
    let token = LeaseToken { task: task.id().clone(), fence: hold.fence, claim: hold.claim };
    let remaining = hold.deadline.since(now);
    Ok(Lease::new(token, task, remaining))
}

/// The leases of an answer.
pub(super) fn leases(reply: Reply, now: Timestamp) -> Result<Vec<Lease>> {
    list(reply)?
        .map(|record| {
            let parts = list(record)?.map(|part| part.into_bytes().map_err(unreadable));
            lease(&parts.collect::<Result<Vec<_>>>()?, now)
        })
        .collect()
}

fn task(parts: &[Bytes]) -> Result<Task> {
    let [_, state, spec, more @ ..] = parts else {
        return Err(corrupt("a task's record has too few parts"));
    };
    let mut task = state_of(utf8(state)?, json(spec)?)?;
    for pair in more.chunks_exact(2) {
        let [mark, value] = pair else { continue };
        match &mark[..] {
            b"c" => task.checkpoint = Some(json::<Json>(value)?),
            b"r" => task.result = Some(json::<Json>(value)?),
            b"p" => task.progress = Some(json::<Progress>(value)?),
            b"e" => task.errors = errors(utf8(value)?)?,
            _ => return Err(corrupt(format!("a task's record has a part {mark:?}"))),
        }
    }
    Ok(task)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| corrupt(format!("a task's record: {error}")))
}

/// The task of a state and what was asked for.
fn state_of(text: &str, spec: NewTask) -> Result<Task> {
    let fields: Vec<&str> = text.split('|').collect();
    let Ok(f) = <[&str; FIELDS]>::try_from(fields) else {
        return Err(corrupt(format!("the state of task {} has other fields", spec.id)));
    };
    let created = time("a time", f[23])?.unwrap_or(Timestamp::EPOCH);
    let mut task = Task::inserted(Arc::new(spec), score(f[14])?, 0, created);
    task.state = state(f[0])?;
    task.revision = number("the revision", f[1])?;
    task.fence = Fence::from_number(number("the fence", f[3])?);
    task.attempt = number("the attempt", f[4])?;
    task.hold = hold(&f, task.fence)?;
    task.last_end = end(f[11], f[12], f[13])?;
    task.open_parents = number("the number of parents", f[16])?;
    task.due_at = time("the due time", f[17])?;
    task.abandons = number("the number of rescues", f[19])?;
    task.priority = Priority::raw(number("the priority", f[22])?);
    task.assigned_at = time("a time", f[24])?;
    task.started_at = time("a time", f[25])?;
    task.ended_at = time("a time", f[26])?;
    task.updated_at = time("a time", f[27])?.unwrap_or(created);
    Ok(task)
}

/// A state by its letter.
pub(super) fn state(letter: &str) -> Result<TaskState> {
    Ok(match letter {
        "b" => TaskState::Backlog,
        "p" => TaskState::Pending,
        "a" => TaskState::Assigned,
        "A" => TaskState::Active,
        "P" => TaskState::Paused,
        "r" => TaskState::Review,
        "D" => TaskState::Done,
        "F" => TaskState::Failed,
        "C" => TaskState::Cancelled,
        _ => return Err(corrupt(format!("a task in state {letter:?}"))),
    })
}

/// A score: 16 digits and 13.
pub(super) fn score(text: &str) -> Result<Score> {
    let (major, seq) = text.split_at_checked(16).unwrap_or((text, ""));
    Ok(Score { major: number("the score", major)?, seq: number("the score", seq)? })
}

/// A time, where there is one.
pub(super) fn time(what: &str, text: &str) -> Result<Option<Timestamp>> {
    if text.is_empty() || text == "-" {
        return Ok(None);
    }
    Ok(Some(Timestamp::from_micros(number(what, text)?)))
}

fn hold(f: &[&str; FIELDS], fence: Fence) -> Result<Option<Hold>> {
    if f[5].is_empty() {
        return Ok(None);
    }
    let deadline = time("the deadline", f[8])?.unwrap_or(Timestamp::EPOCH);
    let length = Duration::from_micros(number("the lease", f[9])?);
    let owner = (token::<HolderId>(f[5])?, token::<AgentId>(f[6])?);
    let mut hold = Hold::new(owner, (fence, token::<ClaimId>(f[7])?), deadline, length);
    hold.suspect = !f[10].is_empty();
    Ok(Some(hold))
}

/// An id in a record.
pub(super) fn token<T: for<'a> std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| corrupt(format!("a task's record: {error}")))
}

fn end(fence: &str, claim: &str, how: &str) -> Result<Option<LeaseEnd>> {
    let how = match how {
        "" => return Ok(None),
        "d" => EndKind::Done,
        "r" => EndKind::Retry,
        "f" => EndKind::Fail,
        "s" => EndKind::Snooze,
        "l" => EndKind::Release,
        "c" => EndKind::Cancel,
        "t" => EndKind::Taken,
        _ => return Err(corrupt(format!("a lease that ended by {how:?}"))),
    };
    let fence = Fence::from_number(number("the fence", fence)?);
    Ok(Some(LeaseEnd::new((fence, token::<ClaimId>(claim)?), how)))
}

/// The failures: a line each, time, attempt and what went wrong.
fn errors(text: &str) -> Result<Vec<ErrorEntry>> {
    text.split('\n')
        .map(|line| {
            let mut parts = line.splitn(3, ' ');
            let (Some(at), Some(attempt), Some(failure)) =
                (parts.next(), parts.next(), parts.next())
            else {
                return Err(corrupt("a task's failures have other fields"));
            };
            let at = Timestamp::from_micros(number("a time", at)?);
            let failure: Failure = json(failure.as_bytes())?;
            Ok(ErrorEntry::new(at, number("the attempt", attempt)?, failure))
        })
        .collect()
}
