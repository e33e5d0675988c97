//! When to break, and for how long.

use std::time::Duration;

/// When a [`CircuitBreaker`](super::CircuitBreaker) opens and how long it stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitBreakerOptions {
    /// It opens at this many failures within the window; at least 1. Default: 5.
    pub failures: usize,
    /// Default: 30 s.
    pub window: Duration,
    /// How long it refuses calls before it lets one through to see. Default: 10 s.
    pub cool_down: Duration,
}

impl Default for CircuitBreakerOptions {
    fn default() -> Self {
        Self { failures: 5, window: Duration::from_secs(30), cool_down: Duration::from_secs(10) }
    }
}

impl CircuitBreakerOptions {
    /// Opening at this many failures.
    #[must_use]
    pub fn failures(mut self, failures: usize) -> Self {
        self.failures = failures;
        self
    }

    /// Counting failures within this.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Refusing calls for this long.
    #[must_use]
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.cool_down = cool_down;
        self
    }
}
