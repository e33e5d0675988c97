//! Agents for popkit: the worker loop, tasks as child processes, and plans.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker};
//! use popkit_protocol::{NewTask, Outcome, TaskState};
//! use popkit_store::{MemoryStore, TaskStore, TaskStoreExt as _};
//!
//! struct Shouter(Shutdown);
//!
//! #[async_trait]
//! impl Agent for Shouter {
//!     async fn execute(&self, cx: &TaskContext) -> Outcome {
//!         self.0.drain(); // one task is all this example has
//!         let loud = cx.task().spec.title.to_uppercase();
//!         Outcome::done(&loud).unwrap_or_else(|e| Outcome::fail(e.to_string()))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
//! let task = NewTask::new("t-1".try_into()?, "shout".try_into()?).with_title("hello");
//! store.insert(task).await?;
//!
//! let shutdown = Shutdown::new();
//! let agent = Arc::new(Shouter(shutdown.clone()));
//! let worker = Worker::builder("shouter-1").kinds(["shout"]).build(Arc::clone(&store), agent)?;
//! let report = worker.run_until(&shutdown).await?;
//!
//! assert_eq!(report.done, 1);
//! let task = store.get(&"t-1".try_into()?).await?.expect("it was inserted");
//! assert_eq!(task.state, TaskState::Done);
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! | Module | Holds |
//! |---|---|
//! | [`agent`] | [`Agent`], [`TaskContext`], [`Worker`] |
//! | [`agent::supervisor`] | [`Supervisor`]: from a goal to tasks, and to their end |
//! | [`agent::handle`] | [`AgentHandle`]: the agent's side of a power session |
//! | [`agent::interface`] | [`InterfaceAgent`]: what people see and say |
//! | [`checks`] | [`checks::Checker`]: does a criterion hold, is the documentation in order? |
//! | [`check_in`] | what an agent with hooks tells and is told between two tool calls |
//! | [`config`] | [`config::Config`]: `config.json`, how sessions are run |
//! | [`guard`] | [`guard::Verdict`]: what may be said against a tool call |
//! | [`inbox`] | [`Inbox`], [`Post`]: messages to and from an agent |
//! | [`machine`] | [`machine::Machine`]: a power session as a pure state machine |
//! | [`mirror`] | [`TaskMirror`]: the task log, told on channels |
//! | [`mode`] | [`mode::choose`]: native, Upstash, Redis or files, with reasons |
//! | [`native::files`] | what people see of a native session in files |
//! | [`plan`] | plan files and the task graphs made of them |
//! | [`request`] | [`request::Request`]: what is asked of a session's coordinator |
//! | [`runtime`] | [`runtime::Coordinator`]: the machine over a real store and transport |
//! | [`typed`] | [`TypedTask`], [`Handlers`]: tasks as types, handlers as functions |
//! | [`process`] | a child process that never outlives its runner |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod agent;
mod bookmark;
pub mod check_in;
pub mod checks;
pub mod config;
pub mod guard;
pub mod inbox;
pub mod machine;
pub mod mirror;
pub mod mode;
pub mod native;
pub mod plan;
pub mod process;
pub mod request;
pub mod runtime;
pub mod typed;

pub use agent::{
    Agent, AgentError, AgentHandle, AgentOptions, BuildError, InterfaceAgent, Order, Shutdown,
    StopReason, Supervisor, TaskContext, TaskError, Worker, WorkerBuilder, WorkerReport,
};
pub use bookmark::BookmarkError;
pub use inbox::{Inbox, InboxError, InboxOptions, Letter, Post, PostError, Received};
pub use mirror::{MirrorError, MirrorOptions, TaskMirror};
pub use typed::{Handlers, State, TaskHandle, TypedStoreExt, TypedTask};
