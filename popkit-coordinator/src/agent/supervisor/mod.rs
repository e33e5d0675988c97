//! The supervisor: from a goal to tasks, and from tasks to their end. It never executes.
//!
//! | Room | Holds |
//! |---|---|
//! | `setup` | [`Supervisor`] |
//! | `planner` | [`Planner`]: what has to be done to reach an objective |
//! | `publish` | storing a plan, all or nothing |
//! | `monitor` | [`Monitor`]: watching a plan until it ends |
//! | `board` | the tasks as the history tells of them, and where each stands |
//! | `blocker` | what is in the way, and the [`BlockerPolicy`] that decides about it |
//! | `resolve` | doing what was decided |
//! | `report` | [`PlanProgress`], [`Summary`] and the messages |
//! | `tell` | when a message is due |
//!
//! ```
//! use std::sync::Arc;
//!
//! use popkit_coordinator::Shutdown;
//! use popkit_coordinator::agent::supervisor::{Ending, Supervisor};
//! use popkit_coordinator::plan::TaskGraph;
//! use popkit_protocol::{Kinds, NewTask, Outcome, Profile, RandomIds, TaskId};
//! use popkit_store::{Claimant, MemoryStore, TaskStore, TaskStoreExt as _};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
//! let fetch = NewTask::new("fetch".try_into()?, "work".try_into()?);
//! let parse = NewTask::new("parse".try_into()?, "work".try_into()?)
//!     .with_needs([TaskId::new("fetch")?]);
//!
//! let supervisor = Supervisor::new("lead", Arc::clone(&store))?;
//! let plan = supervisor.publish(&TaskGraph::new(vec![fetch, parse])?).await?;
//! let mut monitor = supervisor.monitor(&plan).await?;
//! assert_eq!(monitor.turn().await?, None);
//!
//! // Somebody else does the work.
//! let worker = Claimant::new(&RandomIds, Profile::new("w".try_into()?, Kinds::Any, []));
//! while let Some(lease) = store.claim(&worker).await? {
//!     store.finish(&worker, &lease, Outcome::done("ok")?).await?;
//! }
//! let summary = monitor.run(&Shutdown::new()).await?;
//! assert_eq!(summary.ending, Ending::Complete);
//! assert_eq!(summary.to_string(), "complete: 2 of 2 done (100%)");
//! # Ok(())
//! # }
//! ```

mod blocker;
mod board;
mod error;
mod monitor;
mod planner;
mod publish;
mod report;
mod resolve;
mod setup;
mod tell;

pub use blocker::{Blocker, BlockerCause, BlockerPolicy, Resolution, StandardPolicy};
pub use error::SupervisorError;
pub use monitor::Monitor;
pub use planner::{PhasePlanner, Planner, PlannerError};
pub use publish::Published;
pub use report::{
    BlockerNote, Ending, FailedTask, PhaseProgress, PlanProgress, ProgressFeed, RunningTask,
    Summary,
};
pub use setup::Supervisor;
