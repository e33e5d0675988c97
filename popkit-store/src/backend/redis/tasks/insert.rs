//! Accepting a batch of tasks.

use std::time::Duration;

use popkit_protocol::{Backoff, EdgePolicy, NewTask, Requirement, RetryPolicy, ScoreMode, TaskId};
use popkit_redis::Invocation;

use super::call::{Caller, list, micros, moment, part, text};
use super::lanes::Names;
use super::script::INSERT;
use super::step::to_json;
use crate::backend::redis::classify::corrupt;
use crate::engine::full;
use crate::{Error, ErrorKind, Inserted, Result};

/// How scores are made, as scripts take it.
pub(super) fn step_of(mode: ScoreMode) -> String {
    match mode {
        ScoreMode::Ageing { step } => step.as_millis().min(1_000_000_000_000).to_string(),
        _ => String::new(),
    }
}

pub(super) async fn insert(
    caller: &Caller,
    (mode, max_lanes): (ScoreMode, usize),
    batch: Vec<NewTask>,
) -> Result<Vec<Inserted>> {
    let call = caller.begin(None).arg(step_of(mode)).arg(max_lanes);
    let call = batch.iter().try_fold(call, |call, task| add(call, task, caller.names()))?;
    let mut reply = list(caller.eval("insert", &INSERT, call).await?)?;
    match text(&mut reply)?.as_str() {
        "ok" => {}
        "parent" => {
            let (task, parent) = (text(&mut reply)?, text(&mut reply)?);
            let message = format!("task {task} needs {parent}, which does not exist");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        "full" => return Err(full(max_lanes, &requirement(&text(&mut reply)?)?)),
        other => return Err(corrupt(format!("a script answered {other:?}"))),
    }
    let mut answers = list(part(&mut reply)?)?;
    let mut inserted = Vec::with_capacity(batch.len());
    for task in batch {
        let other = text(&mut answers)?;
        inserted.push(match other.as_str() {
            "" => Inserted::Created(task.id),
            id => Inserted::Duplicate(super::record::token::<TaskId>(id)?),
        });
    }
    Ok(inserted)
}

pub(super) fn requirement(json: &str) -> Result<Requirement> {
    serde_json::from_str(json).map_err(|error| corrupt(format!("a lane: {error}")))
}

/// One task: what the script needs of it, and all of it for those who ask.
fn add(call: Invocation, task: &NewTask, names: &Names) -> Result<Invocation> {
    let (lane, requirement) = names.of(task.requirement())?;
    let policy = backoff(task.retry);
    let mut flags = String::new();
    for (flag, set) in [
        ('v', task.review),
        ('u', task.unique.is_some()),
        ('b', !policy.is_empty()),
        ('B', task.backlog),
    ] {
        if set {
            flags.push(flag);
        }
    }
    let (priority, attempts) = (task.priority.level(), task.retry.max_attempts);
    let call = call
        .arg(task.id.as_str())
        .arg(to_json(task)?)
        .arg(lane)
        .arg(requirement)
        .arg(u64::from(priority))
        // As a state ends, but for the time.
        .arg(format!("{flags}|0,,{attempts},0,{},{priority}", task.max_abandons));
    let due = task.not_before.map(moment).unwrap_or_default();
    let unique = task.unique.as_ref().map_or("", |key| key.as_str());
    if task.needs.is_empty() && !task.backlog && due.is_empty() && unique.is_empty() {
        return Ok(call.arg(policy));
    }
    let call = call.arg(task.needs.len()).arg(due).arg(unique).arg(policy);
    Ok(task.needs.iter().fold(call, |call, need| {
        call.arg(need.task.as_str()).arg(match need.on_failure {
            EdgePolicy::Block => "b",
            EdgePolicy::Cancel => "c",
            EdgePolicy::Run => "r",
            _ => "i",
        })
    }))
}

/// A backoff that is not the default, as the script keeps it: a letter and two spans in
/// nanoseconds.
fn backoff(retry: RetryPolicy) -> String {
    // As long as any time that a script can tell, see `micros`.
    let nanos =
        |span: Duration| u128::from(micros(span)) * 1000 + u128::from(span.subsec_nanos() % 1000);
    match retry.backoff {
        backoff if backoff == RetryPolicy::default().backoff => String::new(),
        Backoff::Fixed { delay } => format!("f {} 0", nanos(delay)),
        Backoff::Exponential { base, max } => format!("x {} {}", nanos(base), nanos(max)),
        _ => "n 0 0".to_owned(),
    }
}
