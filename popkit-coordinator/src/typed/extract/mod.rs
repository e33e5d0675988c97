//! What a handler may take beside its task, in any order.
//!
//! | Extractor | Gives |
//! |---|---|
//! | [`State`] | what the handlers of a worker share |
//! | [`TaskContext`] | the attempt: progress, checkpoint, pause, stop |
//! | [`Parents`] | the results of the task's parents |
//! | [`Attempt`] | the number of the attempt |
//! | [`Checkpoint`] | the last checkpoint of an earlier attempt |

mod attempt;
mod checkpoint;
mod parents;
mod state;

use super::States;
use crate::{TaskContext, TaskError};

pub use attempt::Attempt;
pub use checkpoint::Checkpoint;
pub use parents::Parents;
pub use state::State;

/// Something a handler takes beside its task. Implement it for types of your own.
///
/// ```
/// use popkit_coordinator::typed::{Extract, States};
/// use popkit_coordinator::{TaskContext, TaskError};
///
/// struct Title(String);
///
/// impl Extract for Title {
///     fn check(_: &States) -> Result<(), String> {
///         Ok(())
///     }
///
///     async fn extract(cx: &TaskContext, _: &States) -> Result<Self, TaskError> {
///         Ok(Self(cx.task().spec.title.clone()))
///     }
/// }
/// ```
pub trait Extract: Sized + Send + 'static {
    /// Whether it can be had at all, given what the handlers share. Asked when the worker is
    /// built.
    ///
    /// # Errors
    ///
    /// What is missing: `State<Database>, which was not given`.
    fn check(states: &States) -> Result<(), String>;

    /// Takes it, before the handler begins.
    ///
    /// # Errors
    ///
    /// Ends the attempt like an error of the handler.
    fn extract(
        cx: &TaskContext,
        states: &States,
    ) -> impl Future<Output = Result<Self, TaskError>> + Send;
}

impl Extract for TaskContext {
    fn check(_: &States) -> Result<(), String> {
        Ok(())
    }

    async fn extract(cx: &TaskContext, _: &States) -> Result<Self, TaskError> {
        Ok(cx.clone())
    }
}
