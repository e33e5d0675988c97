//! When a failed task is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::TaskId;

/// How the delay grows from one attempt to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Backoff {
    /// At once.
    None,
    /// The same delay every time.
    Fixed {
        /// The delay.
        #[serde(with = "crate::duration::text")]
        delay: Duration,
    },
    /// `base`, then twice that, and so on up to `max`.
    Exponential {
        /// The first delay.
        #[serde(with = "crate::duration::text")]
        base: Duration,
        /// The longest delay.
        #[serde(with = "crate::duration::text")]
        max: Duration,
    },
}

/// How often a task is tried and how long it rests in between.
///
/// The default is three attempts with an exponential backoff from 1 s to 5 min.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included: 1 to 1000.
    pub max_attempts: u32,
    /// The delay between them.
    pub backoff: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Backoff::Exponential {
                base: Duration::from_secs(1),
                max: Duration::from_secs(300),
            },
        }
    }
}

impl RetryPolicy {
    /// One attempt, no second.
    #[must_use]
    pub const fn never() -> Self {
        Self { max_attempts: 1, backoff: Backoff::None }
    }

    /// The default with this number of attempts.
    #[must_use]
    pub fn attempts(max_attempts: u32) -> Self {
        Self { max_attempts, ..Self::default() }
    }

    /// The same with another backoff.
    #[must_use]
    pub const fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The delay after the failure of attempt number `attempt` (from 1).
    ///
    /// An exponential delay is shortened by up to a quarter, by a hash of task and
    /// attempt: tasks that failed together do not come back together, and every backend
    /// computes the same.
    #[must_use]
    pub fn delay(&self, task: &TaskId, attempt: u32) -> Duration {
        match self.backoff {
            Backoff::None => Duration::ZERO,
            Backoff::Fixed { delay } => delay,
            Backoff::Exponential { base, max } => {
                let doublings = attempt.saturating_sub(1).min(31);
                let full = base.saturating_mul(1 << doublings).min(max);
                let off = spread(task, attempt) % 1024;
                full.saturating_sub(full / 4 / 1024 * off)
            }
        }
    }
}

/// FNV-1a (Fowler, Noll, Vo), 32 bit.
fn spread(task: &TaskId, attempt: u32) -> u32 {
    let bytes = task.as_str().bytes().chain(attempt.to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fixed_and_none() {
        let task = TaskId::new("t").unwrap();
        let delay = Duration::from_secs(9);
        let policy = RetryPolicy::attempts(2).with_backoff(Backoff::Fixed { delay });
        assert_eq!(policy.delay(&task, 7), delay);
        assert_eq!(RetryPolicy::never().delay(&task, 1), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn exponential_stays_within_a_quarter(
            attempt in 0..2000_u32, base in 1..100_000_u64, max in 1..10_000_000_u64,
        ) {
            let task = TaskId::new("t").unwrap();
            let (base, max) = (Duration::from_millis(base), Duration::from_millis(max));
            let policy = RetryPolicy::default().with_backoff(Backoff::Exponential { base, max });
            let delay = policy.delay(&task, attempt);
            let full = base.saturating_mul(1 << attempt.saturating_sub(1).min(31)).min(max);
            prop_assert!(delay <= full && delay >= full - full / 4 - Duration::from_micros(1));
        }
    }
}
