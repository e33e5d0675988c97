//! One heartbeat per process renews every task it holds.

use std::time::Duration;

use popkit_protocol::TaskState;
use popkit_store::{Heartbeat, HeartbeatReply, LeaseLost};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::run::Run;
use crate::agent::StopReason;
use crate::agent::held::Sent;

/// Reports may ask for a heartbeat out of turn, but not more often than this.
const CLOSEST: Duration = Duration::from_millis(50);

/// Four beats in a lease. The second look at a lease that was marked as expired comes after
/// a third of it, so a holder that beats on time clears the mark of a clock that stepped.
fn period(lease: Duration) -> Duration {
    lease / 4
}

/// How long before the end of a lease its holder stops: a fifth of it.
pub(super) fn margin(lease: Duration) -> Duration {
    lease / 5
}

/// Beats until the slots have ended, drain included.
pub(super) async fn run(run: &Run, ended: &CancellationToken) {
    let lease = run.settings.lease;
    let mut next = Instant::now() + period(lease);
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            () = tokio::time::sleep_until(next) => {}
            () = run.held.kick.notified() => {
                tokio::select! {
                    () = ended.cancelled() => return,
                    () = sleep(CLOSEST.min(lease / 12)) => {}
                }
            }
        }
        let began = Instant::now();
        let well = tokio::select! {
            () = ended.cancelled() => return,
            well = beat(run) => well,
        };
        // Counted from the beginning: a slow answer must not push the next beat towards the
        // end of the lease. After a failure the next try comes sooner.
        next = if well { began + period(lease) } else { Instant::now() + lease / 12 };
    }
}

async fn beat(run: &Run) -> bool {
    let lease = run.settings.lease;
    let beats = run.held.beats();
    if beats.is_empty() {
        return true;
    }
    let mut request = Heartbeat::new(run.holder, lease);
    request.held = beats.iter().map(|sent| sent.beat.clone()).collect();
    let sent = Instant::now();
    match timeout(lease / 3, run.store.heartbeat(request)).await {
        Ok(Ok(reply)) => {
            if sent.elapsed() > lease / 2 {
                tracing::warn!(took = ?sent.elapsed(), ?lease, "a heartbeat took over half a lease");
            }
            take(&beats, &reply, sent + lease - margin(lease));
            true
        }
        failed => {
            match failed {
                Ok(Err(error)) => tracing::warn!(%error, "heartbeat failed"),
                _ => tracing::warn!("heartbeat was not answered in time"),
            }
            false
        }
    }
}

/// The answer is about the leases that were sent: the same task may be held under another
/// by now.
fn take(beats: &[Sent], reply: &HeartbeatReply, deadline: Instant) {
    for sent in beats {
        let task = &sent.beat.token.task;
        if let Some((_, state)) = reply.renewed.iter().find(|(id, _)| id == task) {
            sent.held.renewed(sent, deadline, *state);
        } else if let Some(lost) = reply.lost.iter().find(|lost| lost.task == *task) {
            sent.held.lost(reason(lost));
        }
    }
}

/// A task that is pending again, or another's, was rescued.
fn reason(lost: &LeaseLost) -> StopReason {
    match lost.state {
        Some(TaskState::Cancelled) => StopReason::Cancelled,
        _ => StopReason::LeaseLost,
    }
}
