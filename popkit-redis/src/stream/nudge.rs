//! How a reader that polls is made to ask at once.

use std::sync::Arc;

use tokio::sync::Notify;

/// Makes a reader that polls ask at once; one that blocks needs none. May be kept and used
/// anywhere.
#[derive(Debug, Clone)]
pub struct Nudge(pub(super) Arc<Notify>);

impl Nudge {
    /// Cuts the reader's pause short: this one, or the next if it is not in one.
    pub fn now(&self) {
        self.0.notify_one();
    }
}
