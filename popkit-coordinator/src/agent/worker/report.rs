//! What a worker did.

use std::sync::atomic::{AtomicU64, Ordering};

use popkit_protocol::{Outcome, TaskState};

/// The numbers of one run of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Leases that were executed.
    pub claimed: u64,
    /// Tasks that were done or submitted for review.
    pub done: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts that were given back: released or snoozed.
    pub given_back: u64,
    /// Leases that were lost, by expiry or cancellation.
    pub lost: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    claimed: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    given_back: AtomicU64,
    lost: AtomicU64,
}

impl Tally {
    pub(super) fn claimed(&self) {
        self.claimed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, outcome: &Outcome, state: TaskState) {
        let count = match outcome {
            Outcome::Done { .. } => &self.done,
            Outcome::Retry { .. } | Outcome::Fail { .. } => &self.failed,
            _ if state == TaskState::Cancelled => &self.failed,
            _ => &self.given_back,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn report(&self) -> WorkerReport {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        WorkerReport {
            claimed: read(&self.claimed),
            done: read(&self.done),
            failed: read(&self.failed),
            given_back: read(&self.given_back),
            lost: read(&self.lost),
        }
    }
}
