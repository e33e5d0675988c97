//! One attempt: orient, decide, act, check.

use std::any::Any;
use std::sync::Arc;

use popkit_protocol::{Failure, Lease, Outcome};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::heartbeat::margin;
use super::run::Run;
use crate::agent::held::Held;
use crate::agent::{StopReason, TaskContext};

/// Executes a claimed task; `None` where there is nothing to report because the lease is
/// gone. `sent` is the instant before the claim was sent. A task with an outcome stays held:
/// its lease is renewed until the outcome was reported.
pub(super) async fn attempt(
    run: &Arc<Run>,
    slot: u32,
    lease: Lease,
    sent: Instant,
) -> Option<Outcome> {
    // Orient: by our own clock the lease began when we asked for it.
    let spec = Arc::clone(&lease.task.spec);
    let deadline = sent + lease.remaining.saturating_sub(margin(run.settings.lease));
    let held = Arc::new(Held::new(
        lease.token.clone(),
        lease.task.state,
        deadline,
        spec.progress_every,
        Arc::clone(&run.held.kick),
    ));
    // Decide: a lease that is as good as over is given back. Left to be rescued it would
    // count as abandoned, and a slow store would make dead letters of tasks nobody began.
    if Instant::now() >= deadline {
        return Some(Outcome::Release);
    }
    run.held.add(&held);
    let cx = TaskContext::new(
        lease,
        Arc::clone(&held),
        Arc::clone(&run.store),
        (run.holder, slot),
        Arc::clone(&run.settings.ids),
        run.telling.clone(),
    );
    let started = Instant::now();
    // A limit beyond what the timer can express is none.
    let time_limit = spec.timeout.and_then(|limit| started.checked_add(limit));
    let outcome = act(run, &held, cx, time_limit).await;
    let outcome = check(&held, outcome);
    held.close();
    if outcome.is_none() {
        run.held.remove(&held.token);
    }
    if outcome.as_ref().is_some_and(goes_on) {
        // The next attempt goes on from the last checkpoint, so that must be there first.
        tokio::select! {
            () = held.saved() => {}
            () = held.overdue() => {}
        }
    }
    outcome
}

/// Whether there may be another attempt.
fn goes_on(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Done { .. } | Outcome::Cancel { .. })
}

/// Runs the agent until it returns or has to stop.
async fn act(
    run: &Run,
    held: &Held,
    cx: TaskContext,
    time_limit: Option<Instant>,
) -> Option<Outcome> {
    let agent = Arc::clone(&run.agent);
    // A task of its own: a panic ends the attempt, not the slot, and dropping the set
    // aborts what does not return.
    let mut running = JoinSet::new();
    running.spawn(async move { agent.execute(&cx).await });
    let expired = async {
        match time_limit {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    let reason = tokio::select! {
        ended = running.join_next() => return ended.map(outcome_of),
        reason = held.stopped() => reason,
        () = expired => StopReason::TimedOut,
        () = held.overdue() => StopReason::LeaseLost,
        () = run.stop.cancelled() => StopReason::Shutdown,
    };
    held.stop(reason);
    let grace = match reason {
        StopReason::LeaseLost => run.settings.stop_grace.min(margin(run.settings.lease)),
        // Renewed no more, but not long ago.
        StopReason::Stalled => run.settings.stop_grace.min(run.settings.lease / 2),
        _ => run.settings.stop_grace,
    };
    if let Ok(ended) = timeout(grace, running.join_next()).await {
        return ended.map(outcome_of);
    }
    // What is dropped must be gone before another attempt can begin; an agent that blocks
    // its thread is not waited for.
    let _ = timeout(margin(run.settings.lease), running.shutdown()).await;
    None
}

fn outcome_of(ended: Result<Outcome, JoinError>) -> Outcome {
    match ended {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => {
                let error = Failure::new("panic", panic_text(&*panic));
                Outcome::Retry { delay: None, error }
            }
            Err(_) => Outcome::Release,
        },
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the agent panicked".to_owned())
}

/// What to report, given why the attempt was stopped, if it was.
fn check(held: &Held, outcome: Option<Outcome>) -> Option<Outcome> {
    let done = matches!(outcome, Some(Outcome::Done { .. }));
    let outcome = match held.stop_reason() {
        None => outcome?,
        Some(StopReason::Cancelled | StopReason::LeaseLost) => return None,
        Some(_) if done => outcome?,
        Some(StopReason::TimedOut) => {
            own_words(outcome, "timeout", "the attempt ran longer than its timeout")
        }
        Some(StopReason::Stalled) => {
            own_words(outcome, "stalled", "no progress was reported in time")
        }
        Some(StopReason::Shutdown) => Outcome::Release,
    };
    if matches!(outcome, Outcome::Pause { .. }) {
        // The lease of a paused task is kept by the attempt that waits, and this one ended.
        return Some(Outcome::fail("an attempt cannot end in a pause; use TaskContext::pause"));
    }
    Some(match outcome.check() {
        Ok(()) => outcome,
        Err(error) => Outcome::fail(error.to_string()),
    })
}

/// The failure of an attempt that was stopped: the agent's own where it is of that kind,
/// since it knows more, such as what was printed last.
fn own_words(outcome: Option<Outcome>, kind: &str, text: &str) -> Outcome {
    match outcome {
        Some(Outcome::Retry { error, .. }) if error.kind == kind => {
            Outcome::Retry { delay: None, error }
        }
        _ => Outcome::Retry { delay: None, error: Failure::new(kind, text) },
    }
}
