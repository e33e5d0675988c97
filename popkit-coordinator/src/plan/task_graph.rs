//! Tasks that are inserted, and watched, together.

use std::collections::BTreeSet;

use popkit_protocol::{NewTask, TaskId, limits};
use popkit_store::engine::check_insert;

use super::graph::PHASE;
use super::{GraphError, Plan, tasks_of};

/// The tasks of one goal: each id once, every limit kept, no cycle.
///
/// A task may need tasks that are not of the graph; those must be stored before it is
/// published. The phase of a task is its tag `phase:NAME`.
///
/// ```
/// use popkit_coordinator::plan::TaskGraph;
/// use popkit_protocol::{NewTask, TaskId};
///
/// let fetch = NewTask::new("fetch".try_into()?, "work".try_into()?).with_tags(["phase:get"]);
/// let parse = NewTask::new("parse".try_into()?, "work".try_into()?)
///     .with_needs([TaskId::new("fetch")?])
///     .with_tags(["phase:use"]);
/// let graph = TaskGraph::new(vec![fetch, parse])?;
/// assert_eq!(graph.phases(), ["get", "use"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskGraph {
    tasks: Vec<NewTask>,
    phases: Vec<String>,
}

/// Tasks that make no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskGraphError {
    /// An id is there twice.
    #[error("two tasks of the graph are named {task}; give each its own id")]
    Twice {
        /// The id.
        task: TaskId,
    },
    /// A limit is broken, or tasks wait for each other: the cycle is named.
    #[error("the graph cannot be stored: {reason}")]
    Refused {
        /// What is wrong.
        reason: String,
    },
}

impl TaskGraph {
    /// Checks the tasks and takes them. Their phases come in the order in which the tasks
    /// name them.
    ///
    /// # Errors
    ///
    /// [`TaskGraphError`] for the first thing that is wrong.
    pub fn new(tasks: Vec<NewTask>) -> Result<Self, TaskGraphError> {
        let mut ids = BTreeSet::new();
        if let Some(twin) = tasks.iter().find(|task| !ids.insert(&task.id)) {
            return Err(TaskGraphError::Twice { task: twin.id.clone() });
        }
        let refuse = |reason: String| TaskGraphError::Refused { reason };
        for task in &tasks {
            limits::check_new_task(task)
                .map_err(|error| refuse(format!("task {}: {error}", task.id)))?;
        }
        check_insert(&tasks).map_err(|error| refuse(error.message().to_owned()))?;
        let mut phases: Vec<String> = Vec::new();
        for phase in tasks.iter().filter_map(phase_of) {
            if !phases.iter().any(|known| known == phase) {
                phases.push(phase.to_owned());
            }
        }
        Ok(Self { tasks, phases })
    }

    /// The tasks of a plan, with its phases as edges.
    ///
    /// # Errors
    ///
    /// [`GraphError`] for the first task that is beyond a limit.
    pub fn of(plan: &Plan) -> Result<Self, GraphError> {
        Ok(Self { tasks: tasks_of(plan)?, phases: plan.phases.clone() })
    }

    /// The tasks, in their order.
    #[must_use]
    pub fn tasks(&self) -> &[NewTask] {
        &self.tasks
    }

    /// The tasks alone.
    #[must_use]
    pub fn into_tasks(self) -> Vec<NewTask> {
        self.tasks
    }

    /// The phases, in their order; empty where there are none.
    #[must_use]
    pub fn phases(&self) -> &[String] {
        &self.phases
    }

    /// How many tasks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}

/// The phase that a task is tagged with.
pub(crate) fn phase_of(task: &NewTask) -> Option<&str> {
    // The last: a plan adds its own behind the tags of the task.
    task.tags.iter().rev().find_map(|tag| tag.strip_prefix(PHASE))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::Format;

    fn task(id: &str, needs: &[&str]) -> NewTask {
        NewTask::new(TaskId::new(id).unwrap(), "work".try_into().unwrap())
            .with_needs(needs.iter().map(|need| TaskId::new(need).unwrap()))
    }

    #[test]
    fn an_id_stands_once() {
        let error = TaskGraph::new(vec![task("a", &[]), task("a", &[])]).unwrap_err();
        assert_eq!(error.to_string(), "two tasks of the graph are named a; give each its own id");
    }

    #[test]
    fn a_cycle_is_named_in_full() {
        let error = TaskGraph::new(vec![task("a", &["b"]), task("b", &["a"])]).unwrap_err();
        let text = "the graph cannot be stored: these tasks wait for each other: a -> b -> a";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_broken_limit_is_named_with_its_task() {
        let long = "x".repeat(2000);
        let error = TaskGraph::new(vec![task("a", &[]), task("b", &[]).with_title(long)]);
        let text = error.unwrap_err().to_string();
        assert!(text.contains("task b: invalid title size"), "{text}");
    }

    #[test]
    fn parents_outside_the_graph_are_allowed() {
        assert_eq!(TaskGraph::new(vec![task("a", &["stored-before"])]).unwrap().len(), 1);
        assert!(TaskGraph::new(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn a_plan_brings_its_phases_in_its_own_order() {
        let text = r#"
            objective = "o"
            phases = ["one", "empty", "two"]
            tasks = [
              { id = "b", phase = "two", command = "true" },
              { id = "a", phase = "one", command = "true" },
            ]
        "#;
        let plan = Plan::parse(text, Format::Toml, Path::new("p.toml")).unwrap();
        let graph = TaskGraph::of(&plan).unwrap();
        assert_eq!(graph.phases(), ["one", "empty", "two"]);
        assert_eq!(
            graph.tasks().iter().map(phase_of).collect::<Vec<_>>(),
            [Some("two"), Some("one")]
        );
        assert_eq!(graph.clone().into_tasks().len(), graph.len());
    }
}
