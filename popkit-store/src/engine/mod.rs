//! The rules of the task path, written once.
//!
//! Every function here is pure apart from the [`Tables`] it is given: time and ids are
//! arguments, nothing is read from the world. The memory backend runs them over maps, the
//! SQLite backend over prepared statements inside one transaction; tests use the memory
//! form as the model of every other backend. Backends that decide on a server (Redis,
//! PostgreSQL) follow the same rules in their own language.
//!
//! A task changes by events alone ([`Task::apply`](popkit_protocol::Task::apply)), so log
//! and record cannot part.

mod change;
mod claim;
mod finish;
mod heartbeat;
mod insert;
mod release;
mod replay;
mod state;
mod step;
mod tables;
mod timer;
mod write;

pub use change::change;
#[cfg(feature = "redis")]
pub(crate) use change::short;
pub use claim::{check_lane, set_lane};
pub use heartbeat::{check_heartbeat, heartbeat};
pub use insert::{check_insert, insert};
pub use replay::Replay;
pub use state::EngineState;
#[cfg(any(feature = "redis", feature = "sqlite"))]
pub(crate) use state::lanes::full;
pub use step::{check_step, maintain, step};
pub use tables::{Place, Stand, Tables};
