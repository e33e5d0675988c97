//! A plan as a graph of tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_protocol::{
    Backoff as TaskBackoff, EdgePolicy, Json, JsonError, Need, NewTask, ParseError, Priority,
    RetryPolicy, TaskId, TaskKind,
};

use super::{Backoff, Command, Plan, PlanTask, Retries, Work};
use crate::agent::command::{CommandTask, Run};

/// A plan that cannot become tasks: something in it is beyond a limit that the file format
/// does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("task {task}: {reason}")]
#[non_exhaustive]
pub struct GraphError {
    /// Which task.
    pub task: TaskId,
    /// What is wrong.
    pub reason: String,
}

/// The tasks of a plan, in its order, ready to insert in one batch.
///
/// Phases become edges: what starts a phase needs everything that ends the phase before. A
/// task that may rightly be cancelled (one that runs only when another fails, or is
/// cancelled with another) holds the next phase up until it has ended, however it ends.
///
/// # Errors
///
/// [`GraphError`] for the first task that is beyond a limit.
pub fn tasks_of(plan: &Plan) -> Result<Vec<NewTask>, GraphError> {
    let gates = Gates::of(plan);
    let tasks = plan.tasks.iter().map(|task| {
        let refuse = |reason: String| GraphError { task: task.id.clone(), reason };
        let mut new = new_task(task).map_err(|error| refuse(error.to_string()))?;
        let own: BTreeSet<TaskId> = new.needs.iter().map(|need| need.task.clone()).collect();
        new.needs.extend(gates.before(task).into_iter().filter(|need| !own.contains(&need.task)));
        popkit_protocol::limits::check_new_task(&new).map_err(|error| refuse(error.to_string()))?;
        Ok(new)
    });
    tasks.collect()
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(transparent)]
    Json(#[from] JsonError),
}

fn new_task(task: &PlanTask) -> Result<NewTask, Refusal> {
    let run = match &task.work {
        Work::Command(Command::Shell(script)) => Run::Shell(script.clone()),
        Work::Command(Command::Argv(argv)) => Run::Argv(argv.clone()),
        Work::Prompt(prompt) => Run::Prompt(prompt.clone()),
    };
    let payload = CommandTask::new(run).with_env(task.env.clone()).with_dir(task.dir.clone());
    let mut tags = task.tags.clone();
    tags.extend(task.phase.iter().map(|phase| format!("phase:{phase}")));
    let mut new = NewTask::new(task.id.clone(), TaskKind::new(payload.kind())?)
        .with_title(&task.title)
        .with_description(&task.description)
        .with_payload(Json::encode(&payload)?)
        .with_priority(Priority::try_from(i64::from(task.priority))?)
        .with_requires(task.capabilities.iter().cloned())
        .with_needs(task.needs.iter().cloned())
        .with_tags(tags)
        .with_retry(policy(task.retries));
    new.timeout = task.timeout;
    Ok(new)
}

/// The policy of a task; one attempt where the plan does not say.
fn policy(retries: Option<Retries>) -> RetryPolicy {
    let Some(retries) = retries else { return RetryPolicy::never() };
    let base = retries.delay.unwrap_or(Duration::from_secs(1));
    let backoff = match retries.backoff {
        Backoff::None => TaskBackoff::None,
        Backoff::Fixed => TaskBackoff::Fixed { delay: base },
        Backoff::Exponential => {
            let max = retries.max_delay.unwrap_or(Duration::from_secs(300)).max(base);
            TaskBackoff::Exponential { base, max }
        }
    };
    RetryPolicy::attempts(retries.max.saturating_add(1)).with_backoff(backoff)
}

/// What each phase waits for.
struct Gates {
    /// Per phase that has tasks: what ends the phase before it.
    before: BTreeMap<String, Vec<Need>>,
}

impl Gates {
    fn of(plan: &Plan) -> Self {
        let mut before = BTreeMap::new();
        let mut ends: Vec<Need> = Vec::new();
        for phase in &plan.phases {
            let members: Vec<&PlanTask> =
                plan.tasks.iter().filter(|task| task.phase.as_ref() == Some(phase)).collect();
            if members.is_empty() {
                continue;
            }
            before.insert(phase.clone(), std::mem::take(&mut ends));
            ends = last_of(&members);
        }
        Self { before }
    }

    /// The edges to the phase before; a task that needs one of its own phase has them
    /// through that.
    fn before(&self, task: &PlanTask) -> Vec<Need> {
        let Some(phase) = &task.phase else { return Vec::new() };
        self.before.get(phase).cloned().unwrap_or_default()
    }
}

/// What ends a phase: every task that no other of the phase stands for. One stands for
/// another when it can only have run after that was done.
fn last_of(members: &[&PlanTask]) -> Vec<Need> {
    let stood_for: BTreeSet<&TaskId> = members
        .iter()
        .filter(|task| !is_optional(task))
        .flat_map(|task| &task.needs)
        .filter(|need| need.on_failure == EdgePolicy::Block)
        .map(|need| &need.task)
        .collect();
    let ends = members.iter().filter(|task| !stood_for.contains(&task.id));
    ends.map(|task| {
        let policy = if is_optional(task) { EdgePolicy::Ignore } else { EdgePolicy::Block };
        Need::new(task.id.clone(), policy)
    })
    .collect()
}

/// Whether a task may be cancelled without anything being wrong.
fn is_optional(task: &PlanTask) -> bool {
    task.needs.iter().any(|need| matches!(need.on_failure, EdgePolicy::Run | EdgePolicy::Cancel))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::Format;

    fn needs(text: &str, task: &str) -> Vec<(String, EdgePolicy)> {
        let plan = Plan::parse(text, Format::Toml, Path::new("p.toml")).unwrap();
        let tasks = tasks_of(&plan).unwrap();
        let task = tasks.iter().find(|new| new.id.as_str() == task).unwrap();
        task.needs.iter().map(|n| (n.task.to_string(), n.on_failure)).collect()
    }

    const PHASES: &str = r#"
        objective = "o"
        phases = ["one", "empty", "two"]
        tasks = [
          { id = "a", phase = "one", command = "true" },
          { id = "b", phase = "one", command = "true", needs = ["a"] },
          { id = "c", phase = "one", command = "true" },
          { id = "mend", phase = "one", command = "true", needs = [{ task = "c", on_failure = "run" }] },
          { id = "d", phase = "two", command = "true" },
          { id = "e", phase = "two", command = "true", needs = ["d", "b"] },
        ]
    "#;

    #[test]
    fn a_phase_waits_for_what_ends_the_one_before() {
        let block = |id: &str| (id.to_owned(), EdgePolicy::Block);
        let gate = [block("b"), block("c"), ("mend".to_owned(), EdgePolicy::Ignore)];
        assert_eq!(needs(PHASES, "d"), gate);
        assert_eq!(needs(PHASES, "a"), []);
    }

    #[test]
    fn an_edge_is_not_doubled() {
        let ids: Vec<_> = needs(PHASES, "e").into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, ["d", "b", "c", "mend"]);
    }

    #[test]
    fn without_a_word_a_task_is_tried_once() {
        let plan = Plan::parse(PHASES, Format::Toml, Path::new("p.toml")).unwrap();
        let tasks = tasks_of(&plan).unwrap();
        assert_eq!(tasks.first().unwrap().retry.max_attempts, 1);
        assert_eq!(tasks.first().unwrap().kind.as_str(), "command");
    }
}
