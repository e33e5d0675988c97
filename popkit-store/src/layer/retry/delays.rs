//! The waits between tries.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use popkit_protocol::layer::RetryOptions;

/// The waits of one call, with full jitter; as many as there are tries but the first.
///
/// backon's jitter adds up to the whole delay to the delay, so the smallest wait is the
/// delay itself and the largest is twice the maximum. What it adds is the full jitter wanted
/// here: the difference to the same series without jitter. The seed is always given, for
/// without its `std` feature backon draws the same numbers in every process.
pub(super) fn delays(
    options: &RetryOptions,
    seed: u64,
) -> impl Iterator<Item = Duration> + Send + Sync + Unpin + use<> {
    let series = ExponentialBuilder::new()
        .with_factor(2.0)
        .with_min_delay(options.base_delay.min(options.max_delay))
        .with_max_delay(options.max_delay)
        .with_max_times(options.max_tries.saturating_sub(1));
    let jittered = series.with_jitter().with_jitter_seed(seed).build();
    series.build().zip(jittered).map(|(plain, jittered)| jittered.saturating_sub(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> RetryOptions {
        let second = Duration::from_secs(1);
        RetryOptions::default().max_tries(8).base_delay(second).max_delay(second * 10)
    }

    #[test]
    fn waits_lie_between_nothing_and_the_growing_limit() {
        let limits = [1, 2, 4, 8, 10, 10, 10].map(Duration::from_secs);
        let (mut short, mut long) = (0, 0);
        for seed in 0..500 {
            let waits: Vec<_> = delays(&options(), seed).collect();
            assert_eq!(waits.len(), limits.len());
            for (wait, limit) in waits.iter().zip(limits) {
                assert!(*wait <= limit, "seed {seed}: {wait:?} of {limit:?}");
                short += u32::from(*wait < limit / 4);
                long += u32::from(*wait > limit * 3 / 4);
            }
        }
        let quarter = 700..1050;
        assert!(quarter.contains(&short) && quarter.contains(&long), "{short}, {long} of 3500");
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let waits = |seed| delays(&options(), seed).collect::<Vec<_>>();
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn odd_options_are_taken_as_they_are() {
        let odd = RetryOptions::default().base_delay(Duration::MAX).max_delay(Duration::MAX);
        assert_eq!(delays(&odd, 1).count(), 4);
        assert_eq!(delays(&odd.max_tries(0), 1).count(), 0);
        let crossed = options().base_delay(Duration::from_secs(99));
        assert!(delays(&crossed, 1).all(|wait| wait <= Duration::from_secs(10)));
    }
}
