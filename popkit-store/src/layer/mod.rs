//! Layers: stores around stores. Each is generic over the core traits, so it wraps a backend,
//! another layer, or an `Arc<dyn TaskStore>` alike, and is a [`TaskStore`](crate::TaskStore)
//! or [`StateStore`](crate::StateStore) itself where the inner one is.
//!
//! | Layer | Does |
//! |---|---|
//! | [`Retry`] | repeats failed calls, where repeating is safe |
//! | [`Timeout`] | gives every call a deadline |
//! | [`Fault`] | makes calls fail, for tests |
//!
//! No layer holds tasks or documents, and none changes what an answer means: each passes the
//! conformance suite over the memory backend unchanged.
//!
//! # Order
//!
//! Outermost first: **retry → timeout → backend**. In a test, [`Fault`] takes the place just
//! around the backend: retry → timeout → fault → backend.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use popkit_protocol::NewTask;
//! use popkit_store::layer::{Retry, RetryOptions, Timeout};
//! use popkit_store::{MemoryStore, TaskStore, TaskStoreExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let backend: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
//! let timed = Timeout::new(backend, Duration::from_secs(5));
//! let options = RetryOptions::default().max_tries(4).deadline(Duration::from_secs(20));
//! let store: Arc<dyn TaskStore> = Arc::new(Retry::with_options(timed, options));
//!
//! let answer = store.insert(NewTask::new("t-1".try_into()?, "greet".try_into()?)).await?;
//! assert!(answer.is_created());
//! # Ok(())
//! # }
//! ```
//!
//! The other order, `Timeout::new(Retry::new(backend), …)`, compiles and is wrong:
//!
//! - One deadline then covers all tries together, so a single try that hangs eats the time of
//!   the others, and nothing is ever repeated after it: what retry is for.
//! - When the deadline passes, the retry layer's future is dropped, and with it what only
//!   that layer knows: that an earlier try may have been applied, which tasks of an insert
//!   it must not report as duplicates, how long the backend asked to be left alone.
//! - The sleeps between the tries count as time without an answer, so a healthy backend that
//!   asked for patience (`retry_after`) is reported as timed out, with an unknown outcome
//!   where nothing was sent.
//!
//! To bound all tries together, set [`RetryOptions::deadline`]: it ends the repeating without
//! cutting a try. Two retry layers multiply their tries; use one.

mod arc;
mod fault;
mod operation;
mod retry;
mod timeout;

pub use fault::{Fault, FaultOptions};
pub use operation::Operation;
pub use popkit_protocol::layer::{FaultCounts, FaultRates, Injection, RetryOptions};
pub use retry::Retry;
pub use timeout::{Timeout, TimeoutOptions};
