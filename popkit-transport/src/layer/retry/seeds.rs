//! What the jitter of each call follows from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use popkit_protocol::layer::{RetryOptions, SplitMix64};
use popkit_protocol::{IdSource as _, RandomIds};

/// A seed per call, so that calls that failed together do not come back together. Clones
/// share the count.
#[derive(Debug, Clone)]
pub(super) struct Seeds {
    seed: u64,
    calls: Arc<AtomicU64>,
}

impl Seeds {
    pub(super) fn new(options: &RetryOptions) -> Self {
        let drawn = || u64::try_from(RandomIds.draw() & u128::from(u64::MAX)).unwrap_or_default();
        Self { seed: options.seed.unwrap_or_else(drawn), calls: Arc::default() }
    }

    pub(super) fn next(&self) -> u64 {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        SplitMix64::new(self.seed.wrapping_add(call)).draw()
    }
}
