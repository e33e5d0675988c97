//! From a goal to tasks.

use std::error::Error;

use async_trait::async_trait;
use popkit_protocol::{Json, JsonError, Need, NewTask, Objective, ParseError, TaskId, TaskKind};
use serde::Serialize;

use crate::plan::{TaskGraph, TaskGraphError};

/// The seam for planning: what has to be done to reach an objective. Implement it with a
/// model, with rules, or with a table.
///
/// Asked again about the same objective, a planner should give the same ids: then a
/// supervisor that was restarted publishes nothing twice.
///
/// ```
/// use async_trait::async_trait;
/// use popkit_coordinator::agent::supervisor::{Planner, PlannerError};
/// use popkit_coordinator::plan::TaskGraph;
/// use popkit_protocol::{NewTask, Objective, TaskId};
///
/// /// One task per criterion of success.
/// struct Criteria;
///
/// #[async_trait]
/// impl Planner for Criteria {
///     async fn plan(&self, objective: &Objective) -> Result<TaskGraph, PlannerError> {
///         let mut tasks = Vec::new();
///         for (place, criterion) in objective.success_criteria.iter().enumerate() {
///             let id = TaskId::new(format!("{}-{place}", objective.id))?;
///             tasks.push(NewTask::new(id, "check".try_into()?).with_title(criterion));
///         }
///         Ok(TaskGraph::new(tasks)?)
///     }
/// }
/// ```
#[async_trait]
pub trait Planner: Send + Sync + 'static {
    /// The tasks that reach the objective.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from planning.
    async fn plan(&self, objective: &Objective) -> Result<TaskGraph, PlannerError>;
}

/// A planner that found no plan. Made of any error with `?`.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct PlannerError {
    reason: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PlannerError {
    /// One line that says why.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// With the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<ParseError> for PlannerError {
    fn from(error: ParseError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<JsonError> for PlannerError {
    fn from(error: JsonError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<TaskGraphError> for PlannerError {
    fn from(error: TaskGraphError) -> Self {
        Self::new(error.to_string())
    }
}

/// A plan that was made beforehand serves every objective.
#[async_trait]
impl Planner for TaskGraph {
    async fn plan(&self, _objective: &Objective) -> Result<Self, PlannerError> {
        Ok(self.clone())
    }
}

/// Makes one task of each phase that is not over, each after the one before; of an objective
/// without phases, one task. Its payload says what is to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhasePlanner {
    kind: TaskKind,
}

/// The payload of a [`PhasePlanner`]'s task.
#[derive(Debug, Serialize)]
struct PhaseWork<'o> {
    objective: &'o str,
    success_criteria: &'o [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'o str>,
}

impl PhasePlanner {
    /// For agents that take this kind of task.
    #[must_use]
    pub fn new(kind: TaskKind) -> Self {
        Self { kind }
    }

    fn task(
        &self,
        objective: &Objective,
        place: usize,
        phase: Option<&str>,
    ) -> Result<NewTask, PlannerError> {
        let payload = Json::encode(&PhaseWork {
            objective: &objective.description,
            success_criteria: &objective.success_criteria,
            phase,
        })?;
        let id = TaskId::new(format!("{}-{place}", objective.id))?;
        Ok(NewTask::new(id, self.kind.clone())
            .with_title(phase.unwrap_or(&objective.description))
            .with_description(&objective.description)
            .with_payload(payload)
            .with_tags(phase.map(|name| format!("phase:{name}"))))
    }
}

#[async_trait]
impl Planner for PhasePlanner {
    async fn plan(&self, objective: &Objective) -> Result<TaskGraph, PlannerError> {
        if objective.phases.is_empty() {
            return Ok(TaskGraph::new(vec![self.task(objective, 0, None)?])?);
        }
        let over = usize::try_from(objective.current_phase).unwrap_or(usize::MAX);
        let mut tasks: Vec<NewTask> = Vec::new();
        for (place, phase) in objective.phases.iter().enumerate().skip(over) {
            let before = tasks.last().map(|task| Need::from(task.id.clone()));
            tasks.push(self.task(objective, place, Some(phase))?.with_needs(before));
        }
        Ok(TaskGraph::new(tasks)?)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{SequentialIds, Timestamp};

    use super::*;

    fn objective() -> Objective {
        Objective::new(&SequentialIds::default(), Timestamp::EPOCH, "a guide")
    }

    fn planner() -> PhasePlanner {
        PhasePlanner::new("write".try_into().unwrap())
    }

    #[tokio::test]
    async fn each_phase_follows_the_one_before() {
        let objective = objective().with_phases(["read", "write", "check"]);
        let graph = planner().plan(&objective).await.unwrap();
        assert_eq!(graph.phases(), ["read", "write", "check"]);
        let ids: Vec<&str> = graph.tasks().iter().map(|task| task.id.as_str()).collect();
        for (place, task) in graph.tasks().iter().enumerate() {
            let needs: Vec<&str> = task.needs.iter().map(|need| need.task.as_str()).collect();
            assert_eq!(needs, ids[place.saturating_sub(1)..place]);
        }
        let again = planner().plan(&objective).await.unwrap();
        assert_eq!(again, graph, "the same ids, so that nothing is published twice");
    }

    #[tokio::test]
    async fn phases_that_are_over_are_left_out() {
        let mut objective = objective().with_phases(["read", "write"]);
        objective.current_phase = 1;
        let graph = planner().plan(&objective).await.unwrap();
        assert_eq!((graph.phases(), graph.tasks()[0].needs.len()), (&["write".to_owned()][..], 0));
        objective.current_phase = 2;
        assert!(planner().plan(&objective).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_objective_without_phases_is_one_task() {
        let graph = planner().plan(&objective()).await.unwrap();
        assert_eq!(graph.len(), 1);
        assert!(graph.tasks()[0].payload.as_str().contains("a guide"));
    }

    #[tokio::test]
    async fn a_phase_that_makes_no_task_is_told() {
        let objective = objective().with_phases(["x".repeat(200)]);
        let error = planner().plan(&objective).await.unwrap_err();
        assert!(error.to_string().contains("tag size"), "{error}");
    }
}
