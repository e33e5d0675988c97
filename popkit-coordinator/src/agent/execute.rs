//! The seam for work.

use async_trait::async_trait;
use popkit_protocol::Outcome;

use super::TaskContext;

/// Executes tasks. Implement it for full control; typed handlers implement it for you.
///
/// ```
/// use async_trait::async_trait;
/// use popkit_coordinator::{Agent, TaskContext};
/// use popkit_protocol::Outcome;
///
/// struct Greeter;
///
/// #[async_trait]
/// impl Agent for Greeter {
///     async fn execute(&self, cx: &TaskContext) -> Outcome {
///         match cx.task().spec.payload.decode::<String>() {
///             Ok(name) => Outcome::done(&format!("hello {name}")).unwrap_or(Outcome::Release),
///             Err(error) => Outcome::fail(error.to_string()),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait Agent: Send + Sync + 'static {
    /// Executes one attempt of one task.
    ///
    /// Runs on a task of its own: a panic is a failed attempt, not the end of the worker.
    /// When [`TaskContext::stopped`] completes, return soon; after a short grace the future
    /// is dropped.
    async fn execute(&self, cx: &TaskContext) -> Outcome;
}
