//! Answering a repeated step.

use popkit_protocol::{LeaseToken, RequestId, Timestamp};

use crate::Finished;

/// The last answered step of a slot: tokens and answers only; tasks are read again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Replay {
    /// Which step.
    pub request: RequestId,
    /// When it was answered.
    pub at: Timestamp,
    /// What became of its finishes.
    pub finished: Vec<Finished>,
    /// What it claimed.
    pub claimed: Vec<LeaseToken>,
}

impl Replay {
    /// An answered step.
    #[must_use]
    pub fn new(
        (request, at): (RequestId, Timestamp),
        finished: Vec<Finished>,
        claimed: Vec<LeaseToken>,
    ) -> Self {
        Self { request, at, finished, claimed }
    }
}
