//! The waits between tries.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use popkit_protocol::layer::RetryOptions;

/// The waits of one call, with full jitter; as many as there are tries but the first.
///
/// backon's jitter adds up to the whole delay to the delay; what it adds is the jitter wanted
/// here. The seed is always given, for without its `std` feature backon draws the same numbers
/// in every process.
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

    #[test]
    fn waits_lie_between_nothing_and_the_growing_limit() {
        let second = Duration::from_secs(1);
        let options = RetryOptions::default().max_tries(6).base_delay(second).max_delay(second * 5);
        let limits = [1, 2, 4, 5, 5].map(Duration::from_secs);
        let mut long = 0;
        for seed in 0..200 {
            let waits: Vec<_> = delays(&options, seed).collect();
            assert_eq!(waits.len(), limits.len());
            assert!(waits.iter().zip(limits).all(|(wait, limit)| *wait <= limit), "{waits:?}");
            long += waits.iter().zip(limits).filter(|(wait, limit)| **wait > *limit / 2).count();
        }
        assert!((400..600).contains(&long), "{long} of 1000 in the upper half");
    }
}
