//! The report as JSON.

use popkit_coordinator::agent::interface::TaskSummary;
use popkit_coordinator::agent::interface::{ActivityEntry, HeardPlan, Question, TaskLine};
use popkit_protocol::{AgentId, MessageId, Party, TaskId, TaskKind, Timestamp};
use serde::{Serialize, Serializer};

use super::agents::{AgentStatus, COUNTED};
use super::gather::Gathered;
use super::tasks::{Blocked, Phase};
use crate::output::VERSION;

/// How things stand, version 1. Every list is there, if only empty.
#[derive(Debug, Serialize)]
pub(super) struct StatusView<'a> {
    v: u8,
    plan: &'a str,
    at: Timestamp,
    tasks: CountsView,
    phases: Vec<PhaseView<'a>>,
    running: Vec<TaskView<'a>>,
    waiting: Vec<TaskView<'a>>,
    failed: Vec<TaskView<'a>>,
    blocked: Vec<BlockedView<'a>>,
    agents: Vec<AgentView<'a>>,
    questions: Vec<QuestionView<'a>>,
    recent: Vec<RecentView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<ToldView<'a>>,
}

#[derive(Debug, Serialize)]
struct CountsView {
    total: u64,
    open: u64,
    #[serde(flatten)]
    places: Places,
}

/// The places in the order of a task's life.
#[derive(Debug)]
struct Places([(&'static str, u64); 11]);

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0)
    }
}

impl CountsView {
    fn new(summary: &TaskSummary) -> Self {
        Self { total: summary.total, open: summary.open, places: Places(summary.places()) }
    }
}

#[derive(Debug, Serialize)]
struct PhaseView<'a> {
    name: &'a str,
    total: usize,
    running: usize,
    done: usize,
    failed: usize,
    ended: usize,
}

impl<'a> PhaseView<'a> {
    fn new(phase: &'a Phase) -> Self {
        let Phase { name, total, running, done, failed, ended } = phase;
        Self { name, total: *total, running: *running, done: *done, failed: *failed, ended: *ended }
    }
}

#[derive(Debug, Serialize)]
struct TaskView<'a> {
    id: &'a TaskId,
    title: &'a str,
    stands: &'a str,
    kind: &'a TaskKind,
    attempt: u32,
    max_attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<f64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> TaskView<'a> {
    fn new(task: &'a TaskLine) -> Self {
        Self {
            id: &task.id,
            title: &task.title,
            stands: &task.stands,
            kind: &task.kind,
            attempt: task.attempt,
            max_attempts: task.max_attempts,
            agent: task.agent.as_ref(),
            progress: task.progress,
            note: &task.note,
            error: task.error.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct BlockedView<'a> {
    id: &'a TaskId,
    title: &'a str,
    waits_for: Vec<WaitView<'a>>,
}

#[derive(Debug, Serialize)]
struct WaitView<'a> {
    task: &'a TaskId,
    stands: &'a str,
}

impl<'a> BlockedView<'a> {
    fn new(task: &'a Blocked) -> Self {
        let waits = task.waits_for.iter().map(|(task, stands)| WaitView { task, stands });
        Self { id: &task.id, title: &task.title, waits_for: waits.collect() }
    }
}

#[derive(Debug, Serialize)]
struct AgentView<'a> {
    id: &'a AgentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Timestamp>,
    silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_task: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<f64>,
    holds: &'a [TaskId],
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<usize>,
    /// There may be more than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_unread: bool,
}

impl<'a> AgentView<'a> {
    fn new(agent: &'a AgentStatus) -> Self {
        let doing = agent.doing.as_ref();
        Self {
            id: &agent.id,
            heard_at: agent.heard_at,
            silent: agent.is_silent,
            current_task: doing.map(|(task, _)| task.as_str()),
            progress: doing.map(|(_, share)| *share),
            holds: &agent.holds,
            unread: agent.unread,
            more_unread: agent.unread == Some(COUNTED),
        }
    }
}

#[derive(Debug, Serialize)]
struct QuestionView<'a> {
    id: &'a MessageId,
    at: Timestamp,
    expires_at: Timestamp,
    from: &'a Party,
    decision_needed: &'a str,
    options: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendation: Option<&'a str>,
}

impl<'a> QuestionView<'a> {
    fn new(question: &'a Question) -> Self {
        Self {
            id: &question.id,
            at: question.at,
            expires_at: question.expires_at,
            from: &question.from,
            decision_needed: &question.decision_needed,
            options: &question.options,
            recommendation: question.recommendation.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RecentView<'a> {
    at: Timestamp,
    task: &'a TaskId,
    event: &'a str,
    what: &'a str,
}

impl<'a> RecentView<'a> {
    fn new(entry: &'a ActivityEntry) -> Self {
        Self { at: entry.at, task: &entry.task, event: entry.event, what: &entry.what }
    }
}

/// What was said last about the plan as a whole.
#[derive(Debug, Serialize)]
struct ToldView<'a> {
    at: Timestamp,
    from: &'a Party,
    #[serde(skip_serializing_if = "Option::is_none")]
    fraction: Option<f64>,
    complete: bool,
    text: &'a str,
}

impl<'a> ToldView<'a> {
    fn new(plan: &'a HeardPlan) -> Self {
        Self {
            at: plan.at,
            from: &plan.from,
            fraction: plan.fraction,
            complete: plan.is_complete,
            text: &plan.text,
        }
    }
}

impl<'a> StatusView<'a> {
    /// The form of a report.
    pub(super) fn new(gathered: &'a Gathered) -> Self {
        let report = &gathered.report;
        let tasks = |lines: &'a [TaskLine]| lines.iter().map(TaskView::new).collect();
        Self {
            v: VERSION,
            plan: &gathered.plan,
            at: report.at,
            tasks: CountsView::new(&report.summary),
            phases: gathered.phases.iter().map(PhaseView::new).collect(),
            running: tasks(&report.running),
            waiting: tasks(&report.waiting),
            failed: tasks(&report.failed),
            blocked: gathered.blocked.iter().map(BlockedView::new).collect(),
            agents: gathered.agents.iter().map(AgentView::new).collect(),
            questions: report.questions.iter().map(QuestionView::new).collect(),
            recent: report.recent.iter().map(RecentView::new).collect(),
            told: report.plan.as_ref().map(ToldView::new),
        }
    }
}
