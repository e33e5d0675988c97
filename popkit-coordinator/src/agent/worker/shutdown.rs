//! Asking workers to end.

use tokio_util::sync::CancellationToken;

/// Ends workers: first gently, then at once. Clones are the same switch; give one to every
/// worker that is to end together.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    drain: CancellationToken,
    now: CancellationToken,
}

impl Shutdown {
    /// A switch that is off.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Claim no more; finish what runs, or give it back when the grace period is over.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Stop what runs and give it back now.
    pub fn now(&self) {
        self.drain.cancel();
        self.now.cancel();
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    /// Completes when the end is asked for.
    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }

    /// Completes when the end is to be at once.
    pub async fn stopping(&self) {
        self.now.cancelled().await;
    }
}
