//! The pauses between tries.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use popkit_protocol::{IdSource as _, RandomIds};

/// Pauses without end: each random between nothing and a limit, and the limit doubles.
#[derive(Debug)]
pub(crate) struct Pauses {
    plain: ExponentialBackoff,
    jittered: ExponentialBackoff,
    most: Duration,
}

impl Pauses {
    /// For tries to connect: the limit doubles from 50 ms to 2 s.
    pub(crate) fn of_connecting() -> Self {
        Self::new(Duration::from_millis(50), Duration::from_secs(2))
    }

    pub(crate) fn new(least: Duration, most: Duration) -> Self {
        let series = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(least.min(most))
            .with_max_delay(most)
            .without_max_times();
        // Without its `std` feature backon draws the same numbers in every process.
        let drawn = RandomIds.draw();
        let seed = u64::try_from(drawn & u128::from(u64::MAX)).unwrap_or_default();
        let jittered = series.with_jitter().with_jitter_seed(seed).build();
        Self { plain: series.build(), jittered, most }
    }

    /// The next pause.
    pub(crate) fn draw(&mut self) -> Duration {
        // What backon's jitter adds to the plain delay is the full jitter wanted here.
        match (self.plain.next(), self.jittered.next()) {
            (Some(plain), Some(jittered)) => jittered.saturating_sub(plain),
            _ => self.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_lie_under_a_limit_that_doubles_and_never_end() {
        let most = Duration::from_millis(400);
        let limits = [100, 200, 400, 400, 400].map(Duration::from_millis);
        let mut long = 0;
        for _ in 0..200 {
            let mut pauses = Pauses::new(Duration::from_millis(100), most);
            for limit in limits {
                let pause = pauses.draw();
                assert!(pause <= limit, "{pause:?} of {limit:?}");
                long += u32::from(pause > limit / 2);
            }
        }
        assert!((300..700).contains(&long), "{long} of 1000 over the half");
        let mut pauses = Pauses::new(Duration::from_millis(100), most);
        assert!((0..10_000).all(|_| pauses.draw() <= most));
    }
}
