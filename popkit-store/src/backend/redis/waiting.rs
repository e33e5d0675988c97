//! How agents without work wait: parked where the wire can block, polling where it cannot.

use std::sync::Arc;

#[cfg(feature = "upstash")]
use super::poll::Lookout;
use super::tasks::{Caller, Lanes};
use super::wait::Parking;
use crate::{Result, Waiter, Wake};

#[derive(Debug)]
pub(super) enum Waiting {
    Parked(Parking),
    #[cfg(feature = "upstash")]
    Polling(Lookout),
}

impl Waiting {
    #[cfg_attr(not(feature = "upstash"), allow(unused_variables, reason = "only they poll"))]
    pub(super) fn new(caller: &Caller, lanes: &Arc<Lanes>) -> Self {
        #[cfg(feature = "upstash")]
        if caller.polls() {
            return Self::Polling(Lookout::new(caller.clone(), Arc::clone(lanes)));
        }
        Self::Parked(Parking::new(caller.clone()))
    }

    /// See [`TaskStore::wait`](crate::TaskStore::wait).
    pub(super) async fn wait(&self, lanes: &Lanes, waiter: Waiter) -> Result<Wake> {
        match self {
            Self::Parked(parking) => parking.wait(lanes, waiter).await,
            #[cfg(feature = "upstash")]
            Self::Polling(lookout) => lookout.wait(waiter).await,
        }
    }

    /// Ends all waiting.
    pub(super) async fn close(&self) {
        match self {
            Self::Parked(parking) => parking.close().await,
            #[cfg(feature = "upstash")]
            Self::Polling(lookout) => lookout.close(),
        }
    }
}
