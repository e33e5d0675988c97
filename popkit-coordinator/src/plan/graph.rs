//! A plan as a graph of tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_protocol::{
    Backoff as TaskBackoff, EdgePolicy, Json, JsonError, LaneKey, Need, NewTask, ParseError,
    Priority, RetryPolicy, TaskId, TaskKind, limits,
};

use super::file::Place;
use super::{Backoff, Command, Plan, PlanIssue, PlanTask, Retries, Work};
use crate::agent::command::{CommandTask, Run};

/// How the tag begins that names a task's phase.
pub(super) const PHASE: &str = "phase:";

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
    place: Place,
}

impl GraphError {
    fn at(task: &PlanTask, reason: impl Into<String>) -> Self {
        Self { task: task.id.clone(), reason: reason.into(), place: task.place }
    }

    /// The issue at the task's place in its file.
    #[must_use]
    pub fn issue(&self) -> PlanIssue {
        self.place.issue(self.to_string())
    }
}

/// The tasks of a plan, in its order, ready to insert in one batch into a store with the
/// default limit of lanes.
///
/// Phases become edges: what starts a phase needs everything that ends the phase before. A
/// task that may rightly be cancelled (one that runs only when another fails, or is
/// cancelled with another) holds the next phase up until it has ended, however it ends.
///
/// # Errors
///
/// [`GraphError`] for the first task that is beyond a limit.
pub fn tasks_of(plan: &Plan) -> Result<Vec<NewTask>, GraphError> {
    tasks_within(plan, limits::LANES)
}

/// The same for a store that is opened with another limit of lanes.
///
/// # Errors
///
/// [`GraphError`] for the first task that is beyond a limit.
pub fn tasks_within(plan: &Plan, lanes: usize) -> Result<Vec<NewTask>, GraphError> {
    let gates = Gates::of(plan);
    let mut seen: BTreeSet<LaneKey> = BTreeSet::new();
    let tasks = plan.tasks.iter().map(|task| {
        let refuse = |reason: String| GraphError::at(task, reason);
        let mut new = new_task(task).map_err(|error| refuse(error.to_string()))?;
        gates.add_to(&mut new, task)?;
        limits::check_new_task(&new).map_err(|error| refuse(error.to_string()))?;
        seen.insert(new.requirement().lane());
        if seen.len() > lanes {
            return Err(refuse(format!(
                "the tasks up to here ask for {} different combinations of kind and \
                 capabilities, and the limit is {lanes}: let tasks share their capabilities",
                seen.len()
            )));
        }
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
    tags.extend(task.phase.iter().map(|phase| format!("{PHASE}{phase}")));
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
struct Gates<'p> {
    /// Per phase that has tasks: what ends the phase before it.
    before: BTreeMap<&'p str, Gate<'p>>,
}

/// The end of a phase.
#[derive(Default)]
struct Gate<'p> {
    phase: &'p str,
    ends: Vec<Need>,
}

impl<'p> Gates<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut before = BTreeMap::new();
        let mut gate = Gate::default();
        for phase in &plan.phases {
            let members: Vec<&PlanTask> =
                plan.tasks.iter().filter(|task| task.phase.as_ref() == Some(phase)).collect();
            if members.is_empty() {
                continue;
            }
            let ends = last_of(&members);
            before.insert(phase.as_str(), std::mem::replace(&mut gate, Gate { phase, ends }));
        }
        Self { before }
    }

    /// Adds the edges to the phase before.
    fn add_to(&self, new: &mut NewTask, task: &PlanTask) -> Result<(), GraphError> {
        let Some(gate) = task.phase.as_deref().and_then(|phase| self.before.get(phase)) else {
            return Ok(());
        };
        let own: BTreeSet<TaskId> = new.needs.iter().map(|need| need.task.clone()).collect();
        new.needs.extend(gate.ends.iter().filter(|need| !own.contains(&need.task)).cloned());
        // Without edges of the phase it is the task's own list that is too long.
        let (all, limit) = (new.needs.len(), limits::NEEDS);
        if all <= limit || all == own.len() {
            return Ok(());
        }
        let (ends, phase) = (gate.ends.len(), gate.phase);
        Err(GraphError::at(
            task,
            format!(
                "phase {phase:?} is too wide: {ends} of its tasks end it, so that this one would \
                 need {all} tasks, and the limit is {limit}: split the phase, or add tasks to it \
                 that each need up to {limit} of the others"
            ),
        ))
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

    fn refused(text: &str) -> String {
        let plan = Plan::parse(text, Format::Toml, Path::new("p.toml")).unwrap();
        tasks_of(&plan).unwrap_err().issue().to_string()
    }

    fn wide(ends: usize, more: &str) -> String {
        let mut text = "objective = \"o\"\nphases = [\"one\", \"two\"]\n".to_owned();
        for i in 0..ends {
            text += &format!("[[tasks]]\nid = \"t{i}\"\nphase = \"one\"\ncommand = \"true\"\n");
        }
        text + "[[tasks]]\nid = \"z\"\nphase = \"two\"\ncommand = \"true\"\n" + more
    }

    #[test]
    fn a_phase_that_is_too_wide_is_named_with_its_line() {
        assert_eq!(needs(&wide(limits::NEEDS, ""), "z").len(), limits::NEEDS);
        let text = refused(&wide(limits::NEEDS + 1, ""));
        let line = 3 + 4 * (limits::NEEDS + 1);
        assert!(
            text.starts_with(&format!("{line}:1: task z: phase \"one\" is too wide")),
            "{text}"
        );
        assert!(text.contains("the limit is 256: split the phase"), "{text}");
    }

    #[test]
    fn too_many_different_requirements_are_refused() {
        let plan = |count: usize| {
            let mut text = "objective = \"o\"\n".to_owned();
            for i in 0..count {
                text += &format!(
                    "[[tasks]]\nid = \"t{i}\"\ncommand = \"true\"\ncapabilities = [\"c{i}\"]\n"
                );
            }
            text
        };
        assert_eq!(needs(&plan(limits::LANES), "t0"), []);
        let text = refused(&plan(limits::LANES + 1));
        let line = 2 + 4 * limits::LANES;
        assert!(text.starts_with(&format!("{line}:1: task t64: the tasks up to here")), "{text}");
        assert!(text.contains("the limit is 64: let tasks share"), "{text}");
        let more = Plan::parse(&plan(65), Format::Toml, Path::new("p.toml")).unwrap();
        assert_eq!(tasks_within(&more, 65).unwrap().len(), 65);
    }

    #[test]
    fn without_a_word_a_task_is_tried_once() {
        let plan = Plan::parse(PHASES, Format::Toml, Path::new("p.toml")).unwrap();
        let tasks = tasks_of(&plan).unwrap();
        assert_eq!(tasks.first().unwrap().retry.max_attempts, 1);
        assert_eq!(tasks.first().unwrap().kind.as_str(), "command");
    }
}
