//! A bound on what a process may use.

use std::time::Duration;

use tokio::time::Instant;

/// What a budget is for.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);
/// The longest pause that a budget asks for.
const LONGEST: Duration = Duration::from_secs(600);

/// How many commands may be used in 30 days. From the half on, questions are asked no more often
/// than what is left allows: polling alone can never use it up.
#[derive(Debug)]
pub(super) struct Budget {
    most: u64,
    since: Instant,
    /// What was used before.
    before: u64,
    stage: Stage,
}

/// How much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Little,
    Half,
    Nearly,
    All,
}

impl Budget {
    pub(super) fn new(most: u64, now: Instant) -> Self {
        Self { most, since: now, before: 0, stage: Stage::Little }
    }

    /// The shortest pause now, and the stage that was reached since it was asked last, if any.
    pub(super) fn look(&mut self, used: u64, now: Instant) -> (Duration, Option<Stage>) {
        if now - self.since >= WINDOW {
            *self = Self { before: used, ..Self::new(self.most, now) };
        }
        let used = used.saturating_sub(self.before);
        let stage = match used {
            used if used >= self.most => Stage::All,
            used if used >= self.most - self.most / 10 => Stage::Nearly,
            used if used >= self.most / 2 => Stage::Half,
            _ => Stage::Little,
        };
        let reached = (stage > self.stage).then_some(stage);
        self.stage = stage;
        if stage == Stage::Little {
            return (Duration::ZERO, None);
        }
        let time = WINDOW.saturating_sub(now - self.since);
        let left = u32::try_from(self.most.saturating_sub(used)).unwrap_or(u32::MAX);
        let pause = time.checked_div(left).unwrap_or(LONGEST).min(LONGEST);
        (pause, reached)
    }

    /// What to tell whoever pays.
    #[cfg(feature = "tracing")]
    pub(super) fn tell(&self, stage: Stage, pause: Duration) {
        let most = self.most;
        let what = match stage {
            Stage::Little => return,
            Stage::Half => "half of the budget is used; polling slows down",
            Stage::Nearly => "nine tenths of the budget are used; polling slows down further",
            Stage::All => "the budget is used up; polling hardly goes on, everything else does",
        };
        tracing::warn!(budget = most, ?pause, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[tokio::test]
    async fn what_is_left_is_spread_over_the_time_that_is_left_from_the_half_on() {
        let begun = Instant::now();
        let mut budget = Budget::new(100_000, begun);
        assert_eq!(budget.look(49_999, begun + DAY), (Duration::ZERO, None));
        let (pause, reached) = budget.look(50_000, begun + 15 * DAY);
        assert_eq!((pause, reached), (15 * DAY / 50_000, Some(Stage::Half)));
        assert_eq!(budget.look(50_001, begun + 15 * DAY).1, None);
        let (pause, reached) = budget.look(90_000, begun + 20 * DAY);
        assert_eq!((pause, reached), (10 * DAY / 10_000, Some(Stage::Nearly)));
        assert_eq!(budget.look(100_001, begun + 20 * DAY), (LONGEST, Some(Stage::All)));
    }

    #[tokio::test]
    async fn every_thirty_days_it_is_whole_again() {
        let begun = Instant::now();
        let mut budget = Budget::new(1000, begun);
        budget.look(1000, begun + DAY);
        assert_eq!(budget.look(1400, begun + 30 * DAY), (Duration::ZERO, None));
        assert_eq!(budget.look(1900, begun + 31 * DAY).1, Some(Stage::Half));
    }
}
