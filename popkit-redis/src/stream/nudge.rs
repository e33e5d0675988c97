//! How a reader that polls is made to ask at once.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::Redis;

/// Makes a reader that polls ask at once; one that blocks needs none. May be kept and used
/// anywhere.
#[derive(Debug, Clone)]
pub struct Nudge(pub(super) Way);

/// Who has to be told.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// The reader, which polls for itself.
    Own(Arc<Notify>),
    /// The poll that it shares.
    Shared(Redis),
}

impl Nudge {
    /// Cuts the reader's pause short: this one, or the next if it is not in one.
    pub fn now(&self) {
        match &self.0 {
            Way::Own(notify) => notify.notify_one(),
            Way::Shared(redis) => redis.nudge_poll(),
        }
    }
}
