//! What keeps a supervisor from its work.

use popkit_protocol::TaskId;

use super::PlannerError;

/// A supervisor that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupervisorError {
    /// The planner found no plan.
    #[error("there is no plan for the objective")]
    Plan(#[from] PlannerError),
    /// The store refuses, or fails in a way that waiting does not cure.
    #[error(transparent)]
    Store(#[from] popkit_store::Error),
    /// A task of the plan is not stored.
    #[error("task {task} of the plan is not in the store; publish the plan again")]
    Missing {
        /// Which.
        task: TaskId,
    },
}
