//! How often what happens.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Injection, SplitMix64};

/// How a fault layer makes calls fail by chance. By default it does not.
///
/// `O` names the operations of the seam.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FaultOptions<O> {
    /// What chance follows from.
    pub seed: u64,
    /// For every operation without rates of its own, waiting and closing included.
    pub every: FaultRates,
    /// For single operations.
    pub each: BTreeMap<O, FaultRates>,
}

impl<O> Default for FaultOptions<O> {
    fn default() -> Self {
        Self { seed: 0, every: FaultRates::default(), each: BTreeMap::new() }
    }
}

impl<O: Copy + Ord + Into<u64>> FaultOptions<O> {
    /// No faults, with this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// With these rates for every operation without rates of its own.
    #[must_use]
    pub fn every(mut self, rates: FaultRates) -> Self {
        self.every = rates;
        self
    }

    /// With these rates for one operation.
    #[must_use]
    pub fn on(mut self, operation: O, rates: FaultRates) -> Self {
        self.each.insert(operation, rates);
        self
    }

    /// What chance does to the `number`-th call of an operation.
    pub(super) fn draw(&self, operation: O, number: u64) -> Injection {
        let rates = self.each.get(&operation).unwrap_or(&self.every);
        // One generator per operation, and one per call of it: neither depends on the order
        // in which calls of different operations come.
        let stream = SplitMix64::new(self.seed ^ (operation.into() << 56)).draw();
        rates.draw(&mut SplitMix64::new(SplitMix64::new(stream.wrapping_add(number)).draw()))
    }
}

/// The shares of calls, each 0.0 to 1.0, to which something happens. One thing at most
/// happens to one call; where the sum is above 1.0, the first ones have their share.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FaultRates {
    /// [`Injection::Fail`].
    pub fail: f64,
    /// [`Injection::Lose`].
    pub lose: f64,
    /// [`Injection::Twice`].
    pub twice: f64,
    /// [`Injection::Delay`].
    pub delay: f64,
    /// [`Injection::DelayReply`].
    pub delay_reply: f64,
    /// The longest delay; each is between nothing and this. Default: 100 ms.
    pub longest: Duration,
}

impl Default for FaultRates {
    fn default() -> Self {
        Self {
            fail: 0.0,
            lose: 0.0,
            twice: 0.0,
            delay: 0.0,
            delay_reply: 0.0,
            longest: Duration::from_millis(100),
        }
    }
}

impl FaultRates {
    /// With this share of calls failing before they are executed.
    #[must_use]
    pub fn fail(mut self, share: f64) -> Self {
        self.fail = share;
        self
    }

    /// With this share of answers lost.
    #[must_use]
    pub fn lose(mut self, share: f64) -> Self {
        self.lose = share;
        self
    }

    /// With this share of calls executed twice.
    #[must_use]
    pub fn twice(mut self, share: f64) -> Self {
        self.twice = share;
        self
    }

    /// With this share of calls executed later.
    #[must_use]
    pub fn delay(mut self, share: f64) -> Self {
        self.delay = share;
        self
    }

    /// With this share of calls answered later.
    #[must_use]
    pub fn delay_reply(mut self, share: f64) -> Self {
        self.delay_reply = share;
        self
    }

    /// With delays up to this.
    #[must_use]
    pub fn longest(mut self, delay: Duration) -> Self {
        self.longest = delay;
        self
    }

    fn draw(&self, numbers: &mut SplitMix64) -> Injection {
        let delay = |share: f64| self.longest.mul_f64(share);
        let (mut place, share) = (numbers.fraction(), numbers.fraction());
        let choices = [
            (self.fail, Injection::Fail),
            (self.lose, Injection::Lose),
            (self.twice, Injection::Twice),
            (self.delay, Injection::Delay(delay(share))),
            (self.delay_reply, Injection::DelayReply(delay(share))),
        ];
        for (rate, injection) in choices {
            if place < rate {
                return injection;
            }
            place -= rate.max(0.0);
        }
        Injection::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: u64 = 1;
    const INSERT: u64 = 0;

    #[test]
    fn without_rates_nothing_happens() {
        let options = FaultOptions::seeded(3);
        assert!((0..1000).all(|n| options.draw(STEP, n) == Injection::Pass));
    }

    #[test]
    fn each_thing_happens_as_often_as_asked_for() {
        let rates = FaultRates::default().fail(0.1).lose(0.2).twice(0.3).delay(0.1);
        let options = FaultOptions::seeded(1).every(rates.delay_reply(0.1));
        let drawn: Vec<_> = (0..10_000).map(|n| options.draw(INSERT, n)).collect();
        let share = |wanted: fn(&Injection) -> bool| drawn.iter().filter(|d| wanted(d)).count();
        let near = |expected: usize| expected - 200..expected + 200;
        assert!(near(1000).contains(&share(|d| *d == Injection::Fail)));
        assert!(near(2000).contains(&share(|d| *d == Injection::Lose)));
        assert!(near(3000).contains(&share(|d| *d == Injection::Twice)));
        assert!(near(1000).contains(&share(|d| matches!(d, Injection::Delay(_)))));
        assert!(near(1000).contains(&share(|d| matches!(d, Injection::DelayReply(_)))));
        assert!(near(2000).contains(&share(|d| *d == Injection::Pass)));
    }

    #[test]
    fn operations_and_seeds_have_their_own_chance() {
        let series = |seed, operation| {
            let options = FaultOptions::seeded(seed).every(FaultRates::default().lose(0.5));
            (0..64).map(|n| options.draw(operation, n)).collect::<Vec<_>>()
        };
        assert_eq!(series(1, STEP), series(1, STEP));
        assert_ne!(series(1, STEP), series(1, INSERT));
        assert_ne!(series(1, STEP), series(2, STEP));
    }
}
