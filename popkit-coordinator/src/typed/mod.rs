//! Typed tasks: one type per kind of task, one `async fn` per handler.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use popkit_coordinator::typed::{Handlers, Policy, State, TypedStoreExt as _, TypedTask};
//! use popkit_coordinator::{Shutdown, TaskContext, TaskError, Worker};
//! use popkit_store::{MemoryStore, TaskStore};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Greet {
//!     name: String,
//! }
//!
//! impl TypedTask for Greet {
//!     const KIND: &'static str = "greet";
//!     type Output = String;
//!
//!     fn policy() -> Policy {
//!         Policy::new().requires(["lang:en"]).timeout(Duration::from_secs(60))
//!     }
//! }
//!
//! struct Phrases {
//!     hello: String,
//! }
//!
//! async fn greet(
//!     task: Greet,
//!     State(phrases): State<Phrases>,
//!     cx: TaskContext,
//! ) -> Result<String, TaskError> {
//!     cx.progress(0.5, "thinking").await?;
//!     Ok(format!("{}, {}", phrases.hello, task.name))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
//! let handle = store.submit(&Greet { name: "Ada".to_owned() }).await?;
//!
//! let handlers = Handlers::new().state(Phrases { hello: "Hello".to_owned() }).on(greet);
//! let worker = Worker::builder("greeter-1")
//!     .capabilities(["lang:en"])
//!     .build_typed(Arc::clone(&store), handlers)?;
//!
//! let shutdown = Shutdown::new();
//! let answer = async {
//!     let answer = handle.result(Duration::from_secs(5)).await;
//!     shutdown.drain();
//!     answer
//! };
//! let (report, answer) = tokio::join!(worker.run_until(&shutdown), answer);
//! assert_eq!(answer?, "Hello, Ada");
//! assert_eq!(report?.done, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing a handler alone
//!
//! A handler is a function: call it, with [`TaskContext::detached`](crate::TaskContext::detached)
//! where it wants a context.
//!
//! ```
//! use std::sync::Arc;
//!
//! use popkit_coordinator::typed::TypedTask;
//! use popkit_coordinator::{TaskContext, TaskError};
//! use popkit_protocol::{Score, Task, Timestamp};
//! # #[derive(serde::Serialize, serde::Deserialize)]
//! # struct Count { to: u32 }
//! # impl TypedTask for Count { const KIND: &'static str = "count"; type Output = u32; }
//! # async fn count(task: Count, cx: TaskContext) -> Result<u32, TaskError> {
//! #     cx.progress(0.5, "half").await?;
//! #     Ok(task.to)
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let input = Count { to: 3 };
//! let spec = Arc::new(input.new_task("t-1".try_into()?)?);
//! let task = Task::inserted(spec, Score::default(), 0, Timestamp::EPOCH);
//! let cx = TaskContext::detached(task, Vec::new());
//! assert_eq!(count(input, cx).await, Ok(3));
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! | Room | Holds |
//! |---|---|
//! | `task` | [`TypedTask`]: kind, input, output |
//! | `policy` | [`Policy`]: how tasks of a kind are to be treated |
//! | `submit`, `handle` | inserting, and awaiting the result |
//! | `extract` | what a handler may take beside its task |
//! | `handler`, `handlers` | functions as handlers, and the table of them |
//! | `states` | what handlers share |

mod agent;
mod extract;
mod handle;
mod handler;
mod handlers;
mod policy;
mod result_error;
mod states;
mod submit;
mod task;

pub use extract::{Attempt, Checkpoint, Extract, Parents, State};
pub use handle::TaskHandle;
pub use handler::Handler;
pub use handlers::Handlers;
pub use policy::Policy;
pub use result_error::ResultError;
pub use states::States;
pub use submit::{SubmitError, TypedStoreExt};
pub use task::TypedTask;
