//! When a reader does what.

use std::time::Duration;

use popkit_protocol::layer::SplitMix64;
use popkit_protocol::{IdSource as _, RandomIds};
use tokio::time::Instant;

use super::options::Follow;
use crate::pause::Pauses;

/// A pause of the caller's after which the reader looks whether it has missed something.
const STALE: Duration = Duration::from_secs(10);

/// When something is done next.
pub(super) struct Pace {
    pauses: Pauses,
    /// Before the next try after trouble.
    pause: Duration,
    trouble_since: Option<Instant>,
    must_look: bool,
    looked: Instant,
    asked: Instant,
    /// Before the next question, where the reader polls.
    interval: Duration,
    jitter: SplitMix64,
    /// How often connections were made when it was last looked.
    connections: u64,
}

impl Pace {
    pub(super) fn new(follow: Follow, connections: u64) -> Self {
        let (interval, connections) = match follow {
            Follow::Block(_) => (Duration::ZERO, 0),
            Follow::Poll { .. } => (Duration::ZERO, connections),
        };
        let now = Instant::now();
        let seed = u64::try_from(RandomIds.draw() & u128::from(u64::MAX)).unwrap_or_default();
        Self {
            pauses: Pauses::of_connecting(),
            pause: Duration::ZERO,
            trouble_since: None,
            must_look: false,
            looked: now,
            asked: now,
            interval,
            jitter: SplitMix64::new(seed),
            connections,
        }
    }

    pub(super) fn should_look(&self, check_every: Duration) -> bool {
        self.must_look || self.looked.elapsed() >= check_every || self.asked.elapsed() >= STALE
    }

    /// For how long nobody need look.
    pub(super) fn may_wait(&self, check_every: Duration) -> Duration {
        check_every.saturating_sub(self.looked.elapsed())
    }

    pub(super) fn looked(&mut self) {
        self.must_look = false;
        self.looked = Instant::now();
        self.asked = self.looked;
    }

    /// The pause before the next try, once.
    pub(super) fn pause(&mut self) -> Duration {
        std::mem::take(&mut self.pause)
    }

    pub(super) fn asked(&mut self) {
        self.asked = Instant::now();
    }

    pub(super) fn is_well(&mut self) {
        if self.trouble_since.take().is_some() {
            self.pauses = Pauses::of_connecting();
        }
    }

    /// Something went wrong; says for how long it does. A look at the streams that succeeds
    /// between two questions that do not is no end of the trouble.
    /// `wait`: the pause that was asked for.
    pub(super) fn is_ill(&mut self, wait: Option<Duration>) -> Duration {
        self.must_look = true;
        self.pause = self.pauses.draw().max(wait.unwrap_or_default());
        self.trouble_since.get_or_insert_with(Instant::now).elapsed()
    }

    /// Another connection may be one to another server. The first was looked at from the start.
    pub(super) fn connected(&mut self, connections: u64) {
        if self.connections != 0 && connections > self.connections {
            self.must_look = true;
        }
        self.connections = connections;
    }

    pub(super) fn poll_again(&mut self, is_idle: bool, least: Duration, most: Duration) {
        self.interval = if is_idle { (self.interval * 2).clamp(least, most) } else { least };
    }

    /// The interval and up to a quarter of it.
    pub(super) fn interval(&mut self) -> Duration {
        self.interval.mul_f64(1.0 + self.jitter.fraction() / 4.0)
    }
}
