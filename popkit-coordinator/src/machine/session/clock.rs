//! The time of a session.

use std::time::Duration;

use popkit_protocol::Timestamp;
use serde::{Deserialize, Serialize};

/// The most that one input lets pass. What is more is a step of the clock, or a time in which
/// nobody listened: neither says anything about the agents.
pub(super) const LEAP: Duration = Duration::from_secs(10);

/// The wall clock, and a time that only goes forward and never by more than a leap: all that
/// waits, waits by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::machine) struct SessionClock {
    wall: Timestamp,
    started: Timestamp,
    steady: Timestamp,
}

impl SessionClock {
    pub(super) fn new(at: Timestamp) -> Self {
        Self { wall: at, started: at, steady: at }
    }

    pub(super) fn advance(&mut self, now: Timestamp) {
        self.steady = self.steady.after(now.since(self.wall).min(LEAP));
        self.wall = now;
    }

    /// What the clock on the wall says; may have stepped.
    pub(in crate::machine) fn wall(&self) -> Timestamp {
        self.wall
    }

    /// The time by which everything waits.
    pub(in crate::machine) fn steady(&self) -> Timestamp {
        self.steady
    }

    /// How long the session has run.
    pub(in crate::machine) fn running(&self) -> Duration {
        self.steady.since(self.started)
    }

    /// The wall clock at a point of the steady time.
    pub(super) fn on_the_wall(&self, steady: Timestamp) -> Timestamp {
        self.wall.after(steady.since(self.steady))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    #[test]
    fn a_step_of_the_clock_makes_nobody_late() {
        let mut clock = SessionClock::new(at(1000));
        for (wall, ran) in [(1005, 5), (900, 5), (905, 10), (99_999, 20), (99_999, 20)] {
            clock.advance(at(wall));
            assert_eq!(clock.running().as_secs(), ran, "{wall}");
            assert_eq!(clock.wall(), at(wall));
        }
        assert_eq!(clock.on_the_wall(clock.steady().after(LEAP)), at(100_009));
    }
}
