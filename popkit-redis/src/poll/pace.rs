//! When it is asked.

use std::time::Duration;

use popkit_protocol::layer::SplitMix64;
use popkit_protocol::{IdSource as _, RandomIds};
use tokio::time::Instant;

use crate::pause::Pauses;

/// The shortest and the longest pause between two questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) least: Duration,
    pub(crate) most: Duration,
    /// The longest one while hints come.
    pub(crate) hinted: Duration,
}

impl Default for Bounds {
    /// 250 ms and 15 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(15))
    }
}

impl Bounds {
    /// With the longest pause four times as long while hints come.
    pub(crate) fn new(least: Duration, most: Duration) -> Self {
        Self { least, most, hinted: most.saturating_mul(4) }
    }

    /// Whatever is hinted at.
    pub(crate) fn exactly(least: Duration, most: Duration) -> Self {
        Self { least, most, hinted: most }
    }

    /// The same where hints change nothing.
    pub(super) fn unhinted(self) -> Self {
        Self { hinted: self.most, ..self }
    }

    /// That of two who wait, both are content.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.min(other.most),
            hinted: self.hinted.min(other.hinted),
        }
    }

    /// How long a question waits for others to join it.
    fn gather(self) -> Duration {
        (self.least / 10).min(Duration::from_millis(25))
    }

    /// How soon after a question a hint may have it asked again.
    pub(super) fn after_hint(self) -> Duration {
        self.least.min(Duration::from_millis(250))
    }
}

/// What an answer brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    Nothing,
    Something,
    /// And there may be more.
    More,
}

/// When the next question is asked: after the shortest pause where the last one brought
/// something, after twice the pause where it did not, and soon where somebody asks for it.
#[derive(Debug)]
pub(super) struct Pace {
    /// Questions in a row that brought nothing.
    idle: u32,
    /// By how much the pause under way is longer than it need be.
    stretch: f64,
    jitter: SplitMix64,
    asked: Option<Instant>,
    /// It is not to be waited for longer than this, but for the shortest pause.
    soon: Option<Instant>,
    /// There is more to read than the last answer held.
    more: bool,
    not_before: Option<Instant>,
    pauses: Pauses,
    trouble_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new() -> Self {
        let seed = u64::try_from(RandomIds.draw() & u128::from(u64::MAX)).unwrap_or_default();
        Self {
            idle: 0,
            stretch: 1.0,
            jitter: SplitMix64::new(seed),
            asked: None,
            soon: None,
            more: false,
            not_before: None,
            pauses: fresh(),
            trouble_since: None,
        }
    }

    /// `hinted`: for the sake of a hint at this time.
    pub(super) fn due(&self, now: Instant, bounds: Bounds, hinted: Option<Instant>) -> Instant {
        if let (Some(_), Some(again)) = (self.trouble_since, self.not_before) {
            return again;
        }
        let mut due = match self.asked {
            None => now,
            Some(asked) if self.more => asked + bounds.gather(),
            Some(asked) => asked + self.pause(bounds),
        };
        if let Some(soon) = self.soon {
            let soonest = self.asked.map_or(soon, |asked| soon.max(asked + bounds.least));
            due = if self.asked.is_some() { due.min(soonest) } else { soonest };
        }
        let due = hinted.map_or(due, |hinted| due.min(hinted));
        self.not_before.map_or(due, |least| due.max(least))
    }

    fn pause(&self, bounds: Bounds) -> Duration {
        let doubled = bounds.least.saturating_mul(1_u32.checked_shl(self.idle).unwrap_or(u32::MAX));
        doubled.min(bounds.most).mul_f64(self.stretch)
    }

    /// When the last question was answered.
    pub(super) fn asked(&self) -> Option<Instant> {
        self.asked
    }

    /// Somebody asks for something that was not asked before: others may join.
    pub(super) fn is_fresh(&mut self, now: Instant, bounds: Bounds) {
        self.hurry(now + bounds.gather());
    }

    /// Something is there to be found, somebody says.
    pub(super) fn nudge(&mut self, now: Instant) {
        self.hurry(now);
    }

    /// It is asked once at once, and goes on as before.
    pub(super) fn look(&mut self, now: Instant) {
        self.soon = Some(self.soon.map_or(now, |soon| soon.min(now)));
    }

    /// The pauses begin anew with the shortest.
    pub(super) fn begin_anew(&mut self) {
        self.idle = 0;
    }

    fn hurry(&mut self, to: Instant) {
        self.idle = 0;
        self.soon = Some(self.soon.map_or(to, |soon| soon.min(to)));
    }

    /// A question is asked. Who hurries from now on may mean what comes after it.
    pub(super) fn ask(&mut self) {
        (self.soon, self.more, self.not_before) = (None, false, None);
    }

    pub(super) fn answered(&mut self, now: Instant, brought: Brought) {
        self.asked = Some(now);
        self.stretch = 1.0 + self.jitter.fraction() / 4.0;
        self.more = brought == Brought::More;
        self.idle =
            if brought == Brought::Nothing { self.idle.saturating_add(1).min(31) } else { 0 };
        if self.trouble_since.take().is_some() {
            self.pauses = fresh();
        }
    }

    /// Something went wrong; says since when it does.
    pub(super) fn failed(&mut self, now: Instant, wait: Option<Duration>) -> Instant {
        self.asked = Some(now);
        let drawn = self.pauses.draw();
        self.not_before = Some(now + wait.map_or(drawn, |wait| wait.max(drawn)));
        *self.trouble_since.get_or_insert(now)
    }

    /// For how long nothing is asked after trouble.
    #[cfg(feature = "tracing")]
    pub(super) fn is_stopped(&self, now: Instant) -> Option<Duration> {
        let left = self.not_before?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }
}

/// Of trouble: the limit doubles from 250 ms to 30 s.
fn fresh() -> Pauses {
    Pauses::new(Duration::from_millis(250), Duration::from_secs(30))
}
