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

use super::call::{list, number, part, unreadable, utf8};
use crate::Result;
use crate::backend::redis::classify::corrupt;

/// The parts of a lease, of a lease's end, and of what rarely changes, in a state.
const HOLD: usize = 4;
const END: usize = 3;
const REST: usize = 7;

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

/// The leases at the end of an answer: of each how many parts it has, then the parts.
pub(super) fn leases(mut reply: std::vec::IntoIter<Reply>, now: Timestamp) -> Result<Vec<Lease>> {
    let mut leases = Vec::new();
    while let Some(count) = reply.next() {
        let count = count.into_count().map_err(unreadable)?;
        let parts = (0..count).map(|_| part(&mut reply)?.into_bytes().map_err(unreadable));
        leases.push(lease(&parts.collect::<Result<Vec<_>>>()?, now)?);
    }
    Ok(leases)
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
            b"f" => task.errors = errors(utf8(value)?)?,
            _ => return Err(corrupt(format!("a task's record has a part {mark:?}"))),
        }
    }
    Ok(task)
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| corrupt(format!("a task's record: {error}")))
}

/// The task of a state, as `base.lua` describes it, and what was asked for.
fn state_of(text: &str, spec: NewTask) -> Result<Task> {
    let cut = |from: usize, to: usize| {
        let found = text.get(from - 1..to);
        found.ok_or_else(|| corrupt(format!("the state of task {} is too short", spec.id)))
    };
    let [_, held, ended, _, rest] = parts::<5>(cut(192, text.len())?, '|')?;
    let [open, due, _, abandons, _, priority, created] = parts::<REST>(rest, ',')?;
    let created = time("a time", created)?.unwrap_or(Timestamp::EPOCH);
    let (letter, place) = (state(cut(1, 1)?)?, score(cut(8, 36)?)?);
    let (token, deadline) = (cut(37, 85)?, cut(86, 101)?);
    let (revision, attempt) = (cut(102, 109)?, cut(122, 127)?);
    let (updated, end_at) = (cut(160, 175)?, cut(176, 191)?);
    let (assigned, started) = (cut(128, 143)?, cut(144, 159)?);
    let mut task = Task::inserted(Arc::new(spec), place, 0, created);
    task.state = letter;
    task.revision = number("the revision", revision)?;
    task.attempt = number("the attempt", attempt)?;
    (task.fence, task.hold) = hold(held, token, deadline)?;
    task.last_end = end(ended)?;
    task.open_parents = number("the number of parents", open)?;
    task.due_at = time("the due time", due)?;
    task.abandons = number("the number of rescues", abandons)?;
    task.priority = Priority::raw(number("the priority", priority)?);
    task.assigned_at = time("a time", assigned)?;
    task.started_at = time("a time", started)?;
    task.ended_at = time("a time", end_at)?;
    task.updated_at = time("a time", updated)?.unwrap_or(created);
    Ok(task)
}

/// Exactly so many parts.
pub(super) fn parts<const N: usize>(text: &str, divider: char) -> Result<[&str; N]> {
    let parts: Vec<&str> = text.split(divider).collect();
    <[&str; N]>::try_from(parts)
        .map_err(|_| corrupt(format!("a task's record has other fields than {N} in {text:?}")))
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
    let micros = number(what, text)?;
    Ok((micros > 0).then(|| Timestamp::from_micros(micros)))
}

/// The fence of the last claim, and the lease where it is still held.
fn hold(text: &str, token_text: &str, deadline: &str) -> Result<(Fence, Option<Hold>)> {
    let [fence, claim] = parts::<2>(token_text, ',')?;
    let fence = Fence::from_number(number("the fence", fence)?);
    if text.is_empty() {
        return Ok((fence, None));
    }
    let [holder, agent, length, suspect] = parts::<HOLD>(text, ',')?;
    let deadline = time("the deadline", deadline)?.unwrap_or(Timestamp::EPOCH);
    let length = Duration::from_micros(number("the lease", length)?);
    let owner = (token::<HolderId>(holder)?, token::<AgentId>(agent)?);
    let mut hold = Hold::new(owner, (fence, token::<ClaimId>(claim)?), deadline, length);
    hold.suspect = !suspect.is_empty();
    Ok((fence, Some(hold)))
}

/// An id in a record.
pub(super) fn token<T: for<'a> std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| corrupt(format!("a task's record: {error}")))
}

fn end(text: &str) -> Result<Option<LeaseEnd>> {
    if text.is_empty() {
        return Ok(None);
    }
    let [fence, claim, how] = parts::<END>(text, ',')?;
    let how = match how {
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
