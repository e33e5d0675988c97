//! From a plan to stored tasks.

use popkit_protocol::{NewTask, Objective, TaskId};
use popkit_store::{InsertOptions, Inserted, Result};

use super::board::read;
use super::{Planner, Supervisor, SupervisorError};
use crate::plan::TaskGraph;

/// A plan whose tasks are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// The tasks to watch, in the order of the plan. Where an open task with the same unique
    /// key stood in a task's way, it is that one.
    pub tasks: Vec<TaskId>,
    /// The phases, in order.
    pub phases: Vec<String>,
    /// Tasks that were stored before: the plan was published already, or they are somebody
    /// else's.
    pub existing: Vec<TaskId>,
    /// Those of them that ask for something else than the plan. They are as they were stored.
    pub different: Vec<TaskId>,
}

impl Published {
    /// How many tasks are new.
    #[must_use]
    pub fn created(&self) -> usize {
        self.tasks.len() - self.existing.len().min(self.tasks.len())
    }
}

impl Supervisor {
    /// Stores the tasks of a plan: all of them or, on an error, none. Publishing a plan again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a parent that is neither in the plan nor stored; what else
    /// [`insert_opts`](popkit_store::TaskStore::insert_opts) says.
    pub async fn publish(&self, graph: &TaskGraph) -> Result<Published> {
        let opts = InsertOptions::default();
        let answers = self.store.insert_opts(graph.tasks().to_vec(), opts).await?;
        let twins = graph.tasks().iter().zip(&answers).filter(|(_, answer)| !answer.is_created());
        let twins: Vec<(&NewTask, TaskId)> =
            twins.map(|(new, answer)| (new, answer.id().clone())).collect();
        let existing: Vec<TaskId> = twins.iter().map(|(_, id)| id.clone()).collect();
        let stored = read(&*self.store, &existing).await?;
        let different = twins.iter().zip(stored).filter_map(|((new, id), stored)| {
            // Removed since: nothing to compare.
            let stored = stored?;
            (*stored.spec != **new).then(|| id.clone())
        });
        Ok(Published {
            different: different.collect(),
            existing,
            tasks: answers.iter().map(Inserted::id).cloned().collect(),
            phases: graph.phases().to_vec(),
        })
    }

    /// Plans an objective and publishes the plan.
    ///
    /// # Errors
    ///
    /// The planner's, and those of [`publish`](Self::publish).
    pub async fn pursue(
        &self,
        objective: &Objective,
        planner: &dyn Planner,
    ) -> Result<Published, SupervisorError> {
        let graph = planner.plan(objective).await?;
        Ok(self.publish(&graph).await?)
    }
}
