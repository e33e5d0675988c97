//! The public conformance suite: what a backend must do, as tests.
//!
//! Exempt from semver: a new version may find what an older one let pass.
//!
//! Write a [`Harness`] for your backend, name it in one line of an integration test, and get
//! one test per case:
//!
//! ```
//! use std::sync::Arc;
//!
//! use popkit_protocol::ManualClock;
//! use popkit_store::conformance::{Harness, Shelf, conformance_suite};
//! use popkit_store::{MemoryOptions, Opened, Result, StoreCapabilities, TaskStore as _};
//!
//! #[derive(Debug, Default)]
//! struct MyHarness {
//!     clock: Arc<ManualClock>,
//!     stores: Shelf,
//! }
//!
//! #[async_trait::async_trait]
//! impl Harness for MyHarness {
//!     async fn open(&self, name: &str) -> Result<Opened> {
//!         // A store on disk or on a server opens its folder or key space `name` here.
//!         let clock = Arc::clone(&self.clock) as _;
//!         Ok(self.stores.get_or(name, || Opened::of(&MemoryOptions::default().clock(clock).open())))
//!     }
//!
//!     fn clock(&self) -> Option<Arc<ManualClock>> {
//!         Some(Arc::clone(&self.clock))
//!     }
//!
//!     fn expected_capabilities(&self) -> StoreCapabilities {
//!         MemoryOptions::default().open().capabilities()
//!     }
//! }
//!
//! conformance_suite!(my_backend, MyHarness::default());
//! # fn main() {}
//! ```
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `harness` | [`Harness`]: what a backend's author writes |
//! | `macros` | [`conformance_suite!`] and the one list of cases |
//! | [`cases`] | the cases, by noun; each says which line of the contract it proves |
//! | [`races`] | cases with several handles at once |
//! | [`model`] | random operations, side by side with [`MemoryStore`](crate::MemoryStore) |
//! | `stage`, `audit` | what cases are written with; what must hold after each of them |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test suite: a case that panics is a case that failed"
)]

mod audit;
pub mod cases;
mod harness;
mod macros;
pub mod model;
pub mod races;
mod stage;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

pub use crate::conformance_suite;
pub use harness::{Harness, Shelf};
pub use stage::{Stage, id, task, worker};

/// How long one case may take before it counts as hung.
const LIMIT: Duration = Duration::from_secs(300);

/// A running case.
pub type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One case of the suite.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// Its stable name: `claim::fifo_within_a_priority`.
    pub name: &'static str,
    start: for<'a> fn(&'a dyn Harness) -> Running<'a>,
}

impl Case {
    /// A case; the list in `macros.rs` makes them.
    #[must_use]
    pub(crate) const fn new(
        name: &'static str,
        start: for<'a> fn(&'a dyn Harness) -> Running<'a>,
    ) -> Self {
        Self { name, start }
    }

    /// Starts it; it panics where the backend breaks the contract.
    #[must_use]
    pub fn start<'a>(&self, harness: &'a dyn Harness) -> Running<'a> {
        (self.start)(harness)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All cases, for runners of one's own.
#[must_use]
pub fn all() -> Vec<Case> {
    macros::all()
}

/// Runs one case to its end, on a runtime of its own.
///
/// # Panics
///
/// Where the case fails or takes longer than five minutes.
pub fn run(case: Running<'_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, case).await });
    // A backend's own threads may still hold the runtime; they must not hold the test.
    runtime.shutdown_background();
    assert!(ended.is_ok(), "the case hung for {LIMIT:?}");
}
