//! What a backend's author writes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use popkit_protocol::ManualClock;

use crate::{Capabilities, Keep, Result, Transport};

/// A backend, as the suite sees it. Every case gets a harness of its own.
#[async_trait]
pub trait Harness: fmt::Debug + Send + Sync {
    /// Opens the transport `name`; an empty one where there is none of this name yet. Every
    /// call gives another handle on the same data, as another process would get it; all calls
    /// for one name ask for the same tuning.
    ///
    /// Names are letters, digits and `-`. A backend whose
    /// [`shared`](Capabilities::shared) is false is asked for a name again only after its
    /// transport was closed.
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>>;

    /// The clock that the transports go by, where they were opened with it. Without one,
    /// cases about the age of messages have nothing to turn and are left out.
    fn clock(&self) -> Option<Arc<ManualClock>>;

    /// What the backend is meant to be able to do. Written down a second time, so that an
    /// ability cannot vanish unseen.
    fn expected_capabilities(&self) -> Capabilities;

    /// Cuts the connections of all handles of the transport `name`, as a network does: calls
    /// under way fail, later ones connect anew. Answers false where there is nothing to cut,
    /// as for a backend without connections: the default.
    async fn cut(&self, name: &str) -> bool {
        let _ = name;
        false
    }
}

/// How a case wants its transport opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tuning {
    /// How much of each channel is kept. A backend that removes messages by the file, or by
    /// the node, makes those small beside a small bound, so that the bound is felt within some
    /// thousand messages.
    pub keep: Keep,
}

impl Default for Tuning {
    /// Everything is kept.
    fn default() -> Self {
        Self { keep: Keep::ALL }
    }
}

impl Tuning {
    /// Keeping this much of each channel.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }
}

/// Transports by name, for a harness whose transports live in memory.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<HashMap<String, Arc<dyn Transport>>>);

impl Shelf {
    /// The transport of this name, made where there is none.
    pub fn get_or(
        &self,
        name: &str,
        make: impl FnOnce() -> Arc<dyn Transport>,
    ) -> Arc<dyn Transport> {
        let mut transports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(transports.entry(name.to_owned()).or_insert_with(make))
    }
}
