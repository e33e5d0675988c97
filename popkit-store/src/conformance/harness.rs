//! What a backend's author writes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use popkit_protocol::ManualClock;

use crate::{Opened, Result, StoreCapabilities};

/// A backend, as the suite sees it. Every case gets a harness of its own.
#[async_trait]
pub trait Harness: fmt::Debug + Send + Sync {
    /// Opens the store `name`; an empty one where there is none of this name yet. Every call
    /// gives another handle on the same data, as another process would get it.
    ///
    /// Names are letters, digits and `-`. A backend whose
    /// [`shared`](StoreCapabilities::shared) is false is asked once per name.
    async fn open(&self, name: &str) -> Result<Opened>;

    /// The clock that the stores judge by, where they were opened with it. Without one,
    /// cases let short leases run out in real time, and the model is left out.
    fn clock(&self) -> Option<Arc<ManualClock>>;

    /// What the backend is meant to be able to do. Written down a second time, so that an
    /// ability cannot vanish unseen.
    fn expected_capabilities(&self) -> StoreCapabilities;
}

/// Stores by name, for a harness whose stores live in memory.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<HashMap<String, Opened>>);

impl Shelf {
    /// The store of this name, made where there is none.
    pub fn get_or(&self, name: &str, make: impl FnOnce() -> Opened) -> Opened {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stores.entry(name.to_owned()).or_insert_with(make).clone()
    }
}
