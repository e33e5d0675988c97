//! The one place of this crate that reads a clock.

use std::time::{Duration, Instant};

/// Time since it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero.
    #[expect(
        clippy::disallowed_methods,
        reason = "a deadline on a real process is real time; no injected clock moves it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// What is left of `deadline`; zero once it has passed.
    pub(crate) fn left_of(self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.elapsed())
    }
}
