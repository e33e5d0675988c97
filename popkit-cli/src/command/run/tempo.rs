//! How often a run looks, and tells.

use std::time::Duration;

use super::begin::Place;

/// How often a run looks, and tells. Where each command is billed (Upstash) it does both more
/// rarely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tempo {
    /// How long an agent may be silent, unless said.
    pub(super) lease: Duration,
    /// The shortest time between two looks at what happened.
    pub(super) busy: Duration,
    /// The longest, while nothing happens.
    pub(super) quiet: Duration,
    /// Whether looks follow what the run's own agents do, and not what the looks before found.
    pub(super) follows: bool,
    /// Between two looks for tasks of an earlier run.
    pub(super) earlier: Duration,
    /// Between two heartbeats: the periods that the documentation gives agents.
    pub(super) beat: Duration,
    /// The shortest time between two times that news of tasks are told. Each costs the store
    /// two synced writes, in whose way the heartbeats of workers are: so many at a time are told
    /// together.
    pub(super) news: Duration,
    /// The longest, while there are none, after a failure, and while another run tells them.
    pub(super) again: Duration,
}

impl Tempo {
    /// Where looking costs nothing.
    pub(super) const FREE: Self = Self {
        lease: Duration::from_secs(5),
        busy: Duration::from_millis(50),
        quiet: Duration::from_millis(250),
        follows: false,
        earlier: Duration::from_millis(100),
        beat: Duration::from_secs(15),
        news: Duration::from_secs(1),
        again: Duration::from_secs(5),
    };
    /// Where it costs.
    pub(super) const BILLED: Self = Self {
        lease: Duration::from_secs(180),
        busy: Duration::from_secs(1),
        quiet: Duration::from_secs(60),
        follows: true,
        earlier: Duration::from_secs(5),
        beat: Duration::from_secs(60),
        news: Duration::from_secs(15),
        again: Duration::from_secs(60),
    };

    /// Of a run in this place.
    pub(super) fn of(place: &Place) -> Self {
        if place.is_billed() { Self::BILLED } else { Self::FREE }
    }

    /// How long to rest after a look that found something.
    pub(super) fn found(&self) -> Duration {
        if self.follows { self.quiet } else { self.busy }
    }

    /// How long to rest after one that found nothing, and before it this long.
    pub(super) fn longer(&self, rest: Duration) -> Duration {
        let longer = if self.follows { rest * 4 } else { rest * 5 / 4 };
        longer.min(self.quiet)
    }

    /// How long to rest after news, or none, before which was this rest.
    pub(super) fn after_news(&self, told: u64, rest: Duration) -> Duration {
        // Where it costs nothing, news are told soon, whether there were some or not.
        if told > 0 || !self.follows { self.news } else { (rest * 2).min(self.again) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_to_the_longest_in_a_few_looks() {
        for tempo in [Tempo::FREE, Tempo::BILLED] {
            let mut rest = tempo.busy;
            for _ in 0..10 {
                rest = tempo.longer(rest);
            }
            assert_eq!(rest, tempo.quiet);
        }
    }

    #[test]
    fn news_that_cost_something_to_look_for_are_looked_for_less_while_there_are_none() {
        let Tempo { news, again, .. } = Tempo::BILLED;
        assert_eq!(Tempo::BILLED.after_news(0, news), news * 2);
        assert_eq!(Tempo::BILLED.after_news(0, again), again);
        assert_eq!(Tempo::BILLED.after_news(1, again), news);
        assert_eq!(Tempo::FREE.after_news(0, Tempo::FREE.news), Tempo::FREE.news);
    }
}
