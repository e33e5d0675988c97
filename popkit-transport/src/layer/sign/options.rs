//! What a signing layer does with what it cannot verify.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, IdSource, RandomIds, SystemClock};

/// Options of a [`Sign`](super::Sign).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignOptions {
    /// What becomes of messages without a signature, and of those whose sender's key is not
    /// in the keyring. Default: refused.
    pub unverified: Unverified,
    /// How much later than it was signed the transport may have accepted a message: a copy
    /// that somebody publishes after that is refused even by a reader that never saw the
    /// original. To be longer than messages are repeated, and than the clocks of signers and
    /// transport differ. A signer's clock may be ahead of the transport's by a minute, whatever
    /// is set here; none checks neither. Default: 10 min.
    pub max_delay: Option<Duration>,
    /// What time is signed.
    pub clock: Arc<dyn Clock>,
    /// Where the layer's producer is drawn from.
    pub ids: Arc<dyn IdSource>,
}

/// What becomes of a message that may be genuine, but cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Unverified {
    /// It is not delivered.
    #[default]
    Refuse,
    /// It is delivered without a stamp and without what it says of its sender, marked by the
    /// header `sig-missing`: `unsigned` or `unknown sender`.
    Mark,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self {
            unverified: Unverified::default(),
            max_delay: Some(Duration::from_secs(600)),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        }
    }
}

impl SignOptions {
    /// Doing this with what cannot be verified.
    #[must_use]
    pub fn unverified(mut self, policy: Unverified) -> Self {
        self.unverified = policy;
        self
    }

    /// Refusing what was accepted later than this after it was signed; none refuses nothing.
    #[must_use]
    pub fn max_delay(mut self, delay: Option<Duration>) -> Self {
        self.max_delay = delay;
        self
    }

    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }
}
