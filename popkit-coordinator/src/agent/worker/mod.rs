//! The worker loop: observe, orient, decide, act, check.
//!
//! | Phase | Where |
//! |---|---|
//! | observe | `slot`: one step brings the next lease, or a wait the news that there may be one |
//! | orient | `attempt`: how long may we work on it, by our own clock |
//! | decide | `attempt`: run it, or leave it when its lease is as good as over |
//! | act | `attempt`: the agent executes on a task of its own, under timeout and stop |
//! | check | `attempt`: is the outcome one the store will take; `slot` reports it with the next step |
//!
//! Where it belongs to a power session, `session` tells that what it works on and how it ends.

mod attempt;
mod backoff;
mod build;
mod heartbeat;
mod report;
mod run;
mod session;
mod shutdown;
mod slot;

pub use build::{BuildError, WorkerBuilder};
pub use report::WorkerReport;
pub use run::Worker;
pub use shutdown::Shutdown;

pub(crate) use session::Telling;
