//! The one operation of the task path.

use std::time::Duration;

use popkit_protocol::{Lease, Timestamp, limits};

use super::claim::claim;
use super::finish::finish;
use super::release::continue_releases;
use super::timer::run_timers;
use super::{Replay, Tables};
use crate::{Error, ErrorKind, Result, StepReply, StepRequest};

/// The shortest lease.
const SHORTEST: Duration = Duration::from_millis(10);
/// The longest lease.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

pub(super) fn check_lease(lease: Duration) -> Result<()> {
    if (SHORTEST..=LONGEST).contains(&lease) {
        return Ok(());
    }
    let message = format!("a lease of {lease:?}; expected 10 ms to 24 h");
    Err(Error::new(ErrorKind::InvalidInput, message))
}

/// Checks a step's ranges before anything happens.
///
/// # Errors
///
/// `InvalidInput`.
pub fn check_step(request: &StepRequest) -> Result<()> {
    let wanted = request.claim.as_ref().map_or(0, |claim| claim.ids.len());
    for (what, count) in [("finishes", request.finish.len()), ("claims", wanted)] {
        if count > limits::STEP {
            let message = format!("{count} {what} in one step; the limit is {}", limits::STEP);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
    }
    if let Some(claim) = &request.claim {
        check_lease(claim.lease)?;
    }
    for one in &request.finish {
        one.outcome.check().map_err(|e| Error::from(e).with("task", &one.token.task))?;
    }
    Ok(())
}

/// Finishes, releases dependants, promotes, rescues, claims; in this order.
///
/// # Errors
///
/// Whatever the tables say; the caller then undoes the whole step.
pub fn step<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    request: StepRequest,
) -> Result<StepReply> {
    let StepRequest { holder, slot, request: id, finish: ends, claim: wanted } = request;
    if let Some(replay) = tables.replay(holder, slot)?.filter(|replay| replay.request == id) {
        return repeat(tables, now, replay);
    }
    let mut finished = Vec::with_capacity(ends.len());
    for one in ends {
        finished.push(finish(tables, now, one)?);
    }
    maintain(tables, now)?;
    let leases = match &wanted {
        Some(wanted) => claim(tables, now, holder, wanted)?,
        None => Vec::new(),
    };
    if !finished.is_empty() || !leases.is_empty() {
        let tokens = leases.iter().map(|lease| lease.token.clone()).collect();
        tables.remember(holder, slot, Replay::new((id, now), finished.clone(), tokens))?;
    }
    Ok(StepReply { finished, leases, next_due: next_due(tables, now)? })
}

/// What every call does besides its own work: releases that were cut short, due tasks,
/// expired leases; a bounded number each.
///
/// # Errors
///
/// Whatever the tables say.
pub fn maintain<T: Tables + ?Sized>(tables: &mut T, now: Timestamp) -> Result<()> {
    continue_releases(tables, now)?;
    run_timers(tables, now)
}

pub(super) fn next_due<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
) -> Result<Option<Duration>> {
    Ok(tables.next_timer()?.map(|at| at.since(now)))
}

/// Answers a repeated step as before. Leases that were lost since are left out: their
/// holder would learn it anyway.
fn repeat<T: Tables + ?Sized>(tables: &mut T, now: Timestamp, replay: Replay) -> Result<StepReply> {
    let mut leases = Vec::with_capacity(replay.claimed.len());
    for token in replay.claimed {
        let Some(task) = tables.find(&token.task)? else { continue };
        let Some(hold) = task.hold.as_ref().filter(|hold| hold.is(&token)) else { continue };
        let remaining = hold.deadline.since(now);
        leases.push(Lease::new(token, task, remaining));
    }
    Ok(StepReply { finished: replay.finished, leases, next_due: next_due(tables, now)? })
}
