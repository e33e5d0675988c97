//! Task stores: tasks claimed by exactly one agent, held by leases with fencing, finished
//! once.
//!
//! ```
//! use popkit_protocol::{Kinds, NewTask, Outcome, Profile, RandomIds};
//! use popkit_store::{MemoryStore, TaskStoreExt as _, Claimant};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! store.insert(NewTask::new("hello".try_into()?, "greet".try_into()?)).await?;
//!
//! let profile = Profile::new("agent-1".try_into()?, Kinds::Any, []);
//! let claimant = Claimant::new(&RandomIds, profile);
//! let lease = store.claim(&claimant).await?.expect("the task is ready");
//! assert_eq!(lease.task.id().as_str(), "hello");
//! store.finish(&claimant, &lease, Outcome::done("world")?).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! - A **claim** gives a **lease** to one **holder**; the lease is renewed by heartbeats
//!   and proved by a **fencing token**, the pair (fence, claim id). A stale holder's write
//!   is refused with [`LeaseLost`] and changes nothing.
//! - [`TaskStore::step`] is the one operation: "these are finished, give me the next n",
//!   one atomic call, one round trip on every backend.
//! - A lease that expires is **rescued** in two looks by whoever calls next; no leader and
//!   no operator is needed.
//! - A **lane** is what tasks require: their kind, capabilities, an agent. [`LaneRule`]s
//!   pause a lane or limit how many of its tasks are at work at once
//!   ([`TaskStore::set_lane`]).
//! - Every change appends one event in the same atomic step; [`TaskStore::history`] replays
//!   into the stored state.
//!
//! # Backends
//!
//! | Backend | Feature | Reach | Default durability | Wake-up |
//! |---|---|---|---|---|
//! | [`MemoryStore`] | always | one process | volatile | push |
//! | `SqliteStore` | `sqlite` (default) | one host | power-safe | push within the process, `data_version` across |
//! | `RedisStore` | `redis` | network | what the server promises: power-safe with `appendfsync always` | pushed everywhere; work is handed over |
//! | `RedisStore` over REST | `upstash` | network | the provider's affair | one poll for all that a process waits for |
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `sqlite` | yes | the SQLite backend (bundled library, needs a C compiler) |
//! | `redis` | no | the Redis backend, over TCP or a Unix socket |
//! | `redis-cluster` | no | Redis Cluster |
//! | `redis-sentinel` | no | Redis found by Sentinels |
//! | `redis-tls` | no | Redis over TLS (rustls with ring) |
//! | `upstash` | no | the Redis backend over HTTPS, as Upstash offers it |
//! | `tracing` | yes | spans and events through the `tracing` facade |
//! | `conformance` | no | the public conformance suite; exempt from semver |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
mod capability;
#[cfg(feature = "conformance")]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
pub mod conformance;
mod document;
pub mod engine;
mod error;
mod ext;
mod insert;
pub mod layer;
mod query;
mod rule;
mod state;
mod step;
mod store;
mod url;

pub use backend::memory::{MemoryOptions, MemoryStore};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use backend::redis::{AutonomousView, RedisOptions, RedisStore};
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use backend::sqlite::{SqliteOptions, SqliteStore};
pub use capability::{ClockSource, StoreCapabilities};
pub use document::{Document, IfVersion, SaveOptions, StateKey, Version, Versioned};
pub use error::{Error, ErrorKind, Result};
pub use ext::{Claimant, StateStoreExt, TaskStoreExt};
pub use insert::{InsertOptions, Inserted};
pub use popkit_protocol::{Durability, OutcomeKind, Push, Reach};
pub use query::{
    Action, ChangeRequest, CountQuery, HistoryQuery, LaneCount, Page, PageRequest, PruneQuery,
    TaskCounts, TaskQuery,
};
pub use rule::{LaneRule, LaneStatus};
pub use state::StateStore;
pub use step::{
    Beat, Claim, Finish, Finished, Heartbeat, HeartbeatReply, LeaseLost, StepReply, StepRequest,
    Waiter, Wake, WakeReason,
};
pub use store::TaskStore;
pub use url::{Opened, open};
