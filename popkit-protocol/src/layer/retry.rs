//! How often, how fast and how long.

use std::time::Duration;

/// How a retry layer repeats.
///
/// The wait before try n + 1 is random between nothing and `base_delay` · 2ⁿ⁻¹, at most
/// `max_delay` ("full jitter"). Where the backend said when to come back
/// ([`CallError::retry_after`](crate::CallError::retry_after)), that is added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryOptions {
    /// The most tries of one call, the first included; at least 1. Default: 5.
    pub max_tries: usize,
    /// The longest first wait. Default: 50 ms.
    pub base_delay: Duration,
    /// The longest wait of all. Default: 2 s.
    pub max_delay: Duration,
    /// No try begins later than this after the call began; a wait that would last longer is
    /// not begun either. A try that is under way is not cut: that is for a timeout layer. For
    /// a store's `wait` the time that the caller is ready to wait comes on top. Default: 30 s.
    pub deadline: Duration,
    /// What the jitter follows from; drawn at random where not given.
    pub seed: Option<u64>,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            max_tries: 5,
            base_delay: Duration::from_millis(50),
            max_delay: Duration::from_secs(2),
            deadline: Duration::from_secs(30),
            seed: None,
        }
    }
}

impl RetryOptions {
    /// With this many tries at most, the first included.
    #[must_use]
    pub fn max_tries(mut self, tries: usize) -> Self {
        self.max_tries = tries;
        self
    }

    /// With waits that begin within this.
    #[must_use]
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// With waits that stay within this.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// With this much time to begin tries in.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// With jitter that follows from this: for tests.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}
