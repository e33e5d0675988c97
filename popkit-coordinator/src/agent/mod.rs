//! Agents: what executes tasks, and the loop that feeds it.
//!
//! | Room | Holds |
//! |---|---|
//! | [`command`] | tasks as child processes |
//! | `execute` | the [`Agent`] trait: one task in, one outcome out |
//! | `context` | [`TaskContext`], the one object an agent talks to |
//! | [`handle`] | [`AgentHandle`]: the agent's side of a power session |
//! | `held` | the tasks one process holds, shared by loop, heartbeat and contexts |
//! | [`interface`] | what people see and say |
//! | [`supervisor`] | from a goal to tasks, and from tasks to their end |
//! | `worker` | [`Worker`]: slots, heartbeat, deadlines, drain |

pub mod command;
mod context;
mod error;
mod execute;
pub mod handle;
mod held;
pub mod interface;
pub mod supervisor;
mod worker;

pub use context::TaskContext;
pub use error::TaskError;
pub use execute::Agent;
pub use handle::{AgentError, AgentHandle, AgentOptions, Order};
pub use held::StopReason;
pub use interface::InterfaceAgent;
pub use supervisor::Supervisor;
pub use worker::{BuildError, Shutdown, Worker, WorkerBuilder, WorkerReport};
