//! What could not be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::with_cause;

/// Tells the first failure of a run. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures(Arc<AtomicBool>);

impl Failures {
    /// Something was not published.
    pub(super) fn note(&self, what: &'static str, error: &dyn std::error::Error) {
        let cause = with_cause(error);
        if self.0.swap(true, Ordering::Relaxed) {
            tracing::debug!(what, cause, "not published");
            return;
        }
        tracing::warn!("{what} cannot be published, the run goes on without: {cause}");
    }
}
