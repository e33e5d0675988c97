//! The seam for work.

use async_trait::async_trait;
use popkit_protocol::Outcome;

use super::TaskContext;

/// Executes tasks. Implement it for full control; typed handlers implement it for you.
///
/// Put the work into a function that returns `Result<_, TaskError>`: there `?` ends the
/// attempt on any error, and when it has to stop.
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use popkit_coordinator::{Agent, TaskContext, TaskError};
/// use popkit_protocol::{Json, NewTask, Outcome, Score, Task, Timestamp};
///
/// struct Counter;
///
/// async fn count(cx: &TaskContext) -> Result<u32, TaskError> {
///     let goal: u32 = cx.task().spec.payload.decode()?;
///     // Where an earlier attempt got to, if it saved that.
///     let from = cx.task().checkpoint.as_ref().map(Json::decode::<u32>).transpose()?;
///     for n in from.unwrap_or(0)..goal {
///         cx.checkpoint(&n).await?;
///         cx.progress(f64::from(n) / f64::from(goal), "counting").await?;
///     }
///     Ok(goal)
/// }
///
/// #[async_trait]
/// impl Agent for Counter {
///     async fn execute(&self, cx: &TaskContext) -> Outcome {
///         match count(cx).await {
///             Ok(n) => Outcome::done(&n).unwrap_or_else(|e| Outcome::fail(e.to_string())),
///             Err(error) => error.into_outcome(),
///         }
///     }
/// }
///
/// // Tested alone, without a store:
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spec = NewTask::new("t-1".try_into()?, "count".try_into()?).with_payload(Json::encode(&3)?);
/// let mut task = Task::inserted(Arc::new(spec), Score::default(), 0, Timestamp::EPOCH);
/// task.checkpoint = Some(Json::encode(&2)?);
/// let outcome = Counter.execute(&TaskContext::detached(task, Vec::new())).await;
/// assert_eq!(outcome, Outcome::done(&3)?);
/// # Ok(())
/// # }
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
