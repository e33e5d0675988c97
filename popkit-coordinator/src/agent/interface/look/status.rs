//! The report for people.

use std::collections::BTreeMap;
use std::fmt;

use popkit_protocol::{AgentId, TaskId, TaskState, Timestamp};
use popkit_store::{CountQuery, PageRequest, TaskQuery};
use serde::Serialize;

use super::activity::lines;
use super::list::stands;
use crate::agent::interface::text::{age, columns, counts, line};
use crate::agent::interface::{
    ActivityEntry, HeardPlan, InterfaceAgent, InterfaceError, Question, TaskFilter, TaskLine,
    TaskSummary,
};

/// Running tasks in a report.
const RUNNING: usize = 20;
/// Tasks of any other sort in a report.
const LISTED: usize = 10;
/// Events in a report.
const EVENTS: usize = 5;

/// How things stand, read from the store when it is asked for. The parts are read one after
/// the other: a task that moves meanwhile may be in two of them, or in none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StatusReport {
    /// When it was asked for, by the interface agent's clock.
    pub at: Timestamp,
    /// How many tasks stand where.
    pub summary: TaskSummary,
    /// The plan that a supervisor told of last, where one did.
    pub plan: Option<HeardPlan>,
    /// The first tasks that agents work on, at most 20.
    pub running: Vec<TaskLine>,
    /// Who holds what, of all tasks in this report.
    pub agents: Vec<AgentLoad>,
    /// The first tasks that wait for a person, at most 10: set aside by an operator or by an
    /// agent that needs a decision, or to be reviewed.
    pub waiting: Vec<TaskLine>,
    /// The first dead letters, at most 10.
    pub failed: Vec<TaskLine>,
    /// Questions to a person that still stand.
    pub questions: Vec<Question>,
    /// The last events, oldest first.
    pub recent: Vec<ActivityEntry>,
}

/// What one agent holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgentLoad {
    /// Who.
    pub agent: AgentId,
    /// Its tasks.
    pub tasks: Vec<TaskId>,
}

impl InterfaceAgent {
    /// How things stand now.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn status(&self) -> Result<StatusReport, InterfaceError> {
        let counted = self.store.counts(CountQuery::default()).await?;
        let running = self.tasks(TaskFilter::Running, RUNNING, 0).await?.tasks;
        let failed = self.first(TaskState::Failed).await?;
        let mut waiting = self.first(TaskState::Paused).await?;
        waiting.extend(self.first(TaskState::Review).await?);
        waiting.truncate(LISTED);
        let mut agents: BTreeMap<&AgentId, Vec<TaskId>> = BTreeMap::new();
        for task in running.iter().chain(&waiting) {
            if let Some(agent) = &task.agent {
                agents.entry(agent).or_default().push(task.id.clone());
            }
        }
        let load =
            |(agent, tasks): (&AgentId, Vec<TaskId>)| AgentLoad { agent: agent.clone(), tasks };
        Ok(StatusReport {
            at: self.clock.now(),
            summary: TaskSummary::from(&counted),
            plan: self.plan(),
            agents: agents.into_iter().map(load).collect(),
            running,
            waiting,
            failed,
            questions: self.questions().await?,
            recent: self.recent(EVENTS).await?,
        })
    }

    async fn first(&self, state: TaskState) -> Result<Vec<TaskLine>, InterfaceError> {
        let query = TaskQuery::all().in_states([state]).page(PageRequest::first(LISTED));
        Ok(self.store.query(query).await?.items.iter().map(TaskLine::from).collect())
    }
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = &self.summary;
        write!(f, "tasks: {} in all, {}% ended", summary.total, summary.percent_ended())?;
        let open = counts(summary.places());
        if !open.is_empty() {
            write!(f, "\n  {open}")?;
        }
        if let Some(plan) = &self.plan {
            let since = age(self.at, plan.at);
            write!(f, "\nplan: {} ({since} ago, by {})", line(&plan.text, 200), plan.from)?;
        }
        let held = summary.assigned + summary.active;
        self.part(f, "running", &self.running, held, |task| {
            [task.id.to_string(), agent(task), stands(task), line(&task.note, 60)]
        })?;
        self.part(f, "waiting for a person", &self.waiting, 0, |task| {
            [task.id.to_string(), agent(task), task.stands.clone(), line(&task.title, 60)]
        })?;
        self.part(f, "failed", &self.failed, summary.failed, |task| {
            let tries = format!("{} of {} attempts", task.attempt, task.max_attempts);
            let error = line(task.error.as_deref().unwrap_or_default(), 120);
            [task.id.to_string(), tries, error, String::new()]
        })?;
        self.ask(f)?;
        if !self.recent.is_empty() {
            write!(f, "\nlately:\n{}", lines("  ", &self.recent))?;
        }
        Ok(())
    }
}

fn agent(task: &TaskLine) -> String {
    task.agent.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}

impl StatusReport {
    /// One part: its tasks in rows, and how many there are beside them.
    fn part(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        tasks: &[TaskLine],
        all: u64,
        row: impl Fn(&TaskLine) -> [String; 4],
    ) -> fmt::Result {
        if tasks.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = tasks.iter().map(row).collect();
        write!(f, "\n{name}:\n{}", columns("  ", &rows))?;
        match all.saturating_sub(tasks.len() as u64) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }

    /// What a person is asked.
    fn ask(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.questions.is_empty() {
            return Ok(());
        }
        write!(f, "\na person has to decide:")?;
        for question in &self.questions {
            let (asked, since) = (line(&question.decision_needed, 200), age(self.at, question.at));
            write!(f, "\n  {asked} ({} asks, {since} ago)", question.from)?;
            let options: Vec<String> =
                question.options.iter().take(LISTED).map(|option| line(option, 80)).collect();
            if !options.is_empty() {
                write!(f, "\n    answers: {}", options.join(" | "))?;
            }
        }
        Ok(())
    }
}
