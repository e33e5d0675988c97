//! What was injected.

use super::Injection;

/// How many calls there were, and what happened to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FaultCounts {
    /// All calls, those that were left alone included.
    pub calls: u64,
    /// Failed before they were executed.
    pub failed: u64,
    /// Executed, with their answers lost.
    pub lost: u64,
    /// Executed or answered later.
    pub delayed: u64,
    /// Executed twice.
    pub doubled: u64,
    /// Refused or dropped because the backend was cut off.
    pub cut_off: u64,
}

impl FaultCounts {
    /// All calls to which something happened.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.failed + self.lost + self.delayed + self.doubled + self.cut_off
    }

    pub(super) fn count(&mut self, injection: Injection) {
        match injection {
            Injection::Pass => {}
            Injection::Fail | Injection::SlowDown(_) => self.failed += 1,
            Injection::Lose => self.lost += 1,
            Injection::Delay(_) | Injection::DelayReply(_) => self.delayed += 1,
            Injection::Twice => self.doubled += 1,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            failed: self.failed + other.failed,
            lost: self.lost + other.lost,
            delayed: self.delayed + other.delayed,
            doubled: self.doubled + other.doubled,
            cut_off: self.cut_off + other.cut_off,
        }
    }
}
