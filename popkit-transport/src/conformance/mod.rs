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
//! use popkit_transport::conformance::{Harness, Shelf, Tuning, transport_conformance_suite};
//! use popkit_transport::{Capabilities, MemoryOptions, Result, Transport};
//!
//! #[derive(Debug, Default)]
//! struct MyHarness {
//!     clock: Arc<ManualClock>,
//!     transports: Shelf,
//! }
//!
//! #[async_trait::async_trait]
//! impl Harness for MyHarness {
//!     async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
//!         // A transport in files or on a server opens its folder or key space `name` here.
//!         let clock = Arc::clone(&self.clock) as _;
//!         let options = MemoryOptions::default().clock(clock).keep(tuning.keep);
//!         Ok(self.transports.get_or(name, || Arc::new(options.open())))
//!     }
//!
//!     fn clock(&self) -> Option<Arc<ManualClock>> {
//!         Some(Arc::clone(&self.clock))
//!     }
//!
//!     fn expected_capabilities(&self) -> Capabilities {
//!         MemoryOptions::default().open().capabilities()
//!     }
//! }
//!
//! transport_conformance_suite!(my_backend, MyHarness::default());
//! # fn main() {}
//! ```
//!
//! A layer passes the same suite over any backend: wrap what `open` gives.
//!
//! An ability that is declared must work, one that is not must be refused with
//! [`Unsupported`](crate::ErrorKind::Unsupported). A case about an ability that is not there has
//! nothing else to prove and passes; [`capability::as_expected`](cases::capability::as_expected)
//! sees to it that none vanishes unseen.
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `harness` | [`Harness`]: what a backend's author writes; [`Tuning`]: what a case asks it for |
//! | `macros` | [`transport_conformance_suite!`] and the one list of cases |
//! | [`cases`] | the cases, by noun; each says which line of the contract it proves |
//! | [`races`] | cases with several handles at once |
//! | [`model`] | random operations, side by side with [`MemoryTransport`](crate::MemoryTransport) |
//! | `stage`, `reader`, `account` | what cases are written with |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test suite: a case that panics is a case that failed"
)]

mod account;
pub mod cases;
mod harness;
mod macros;
pub mod model;
pub mod races;
mod reader;
mod stage;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

pub use crate::transport_conformance_suite;
pub use account::{Ledger, account};
pub use harness::{Harness, Shelf, Tuning};
pub use reader::Reader;
pub use stage::{Stage, channel};

/// How long one case may take before it counts as hung.
const LIMIT: Duration = Duration::from_secs(300);

/// A running case.
pub type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One case of the suite.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// Its stable name: `subscribe::each_reader_gets_all`.
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
