//! Waiting out a store that does not answer.

use std::time::Duration;

use popkit_protocol::IdSource;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Delays with full jitter: anything from nothing to a bound that doubles from 50 ms to 5 s.
/// (Marc Brooker, "Exponential Backoff And Jitter", 2015.)
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
}

impl Pause {
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    pub(super) fn next(&mut self, ids: &dyn IdSource) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
        let draw = u64::try_from(ids.draw() & u128::from(u64::MAX)).unwrap_or_default();
        Duration::from_micros(draw % micros.max(1))
    }
}
