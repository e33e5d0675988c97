//! What is asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Capability, Json, Need, NewTask, Pending, Priority, RetryPolicy, Task, TaskId,
    TaskKind, TaskState,
};
use popkit_store::Action;

/// The kind of tasks that nobody gave one.
const KIND: &str = "task";

/// What a person asks for. As text it is a line, read with [`str::parse`]:
///
/// ```
/// use popkit_coordinator::agent::interface::{Command, TaskFilter};
/// use popkit_protocol::TaskState;
///
/// let command: Command = "tasks failed --limit 5".parse()?;
/// let failed = TaskFilter::State(TaskState::Failed);
/// assert_eq!(command, Command::Tasks { filter: failed, limit: 5, after: 0 });
///
/// let error = "task failed".parse::<Command>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown command "task" (did you mean "tasks"?)"#);
/// # Ok::<(), popkit_coordinator::agent::interface::CommandError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// What runs, what failed, what waits for a person.
    Status,
    /// How many tasks stand where.
    Summary,
    /// A list of tasks.
    Tasks {
        /// Which.
        filter: TaskFilter,
        /// At most so many, 1 to 1000.
        limit: usize,
        /// Those after this place, from an answer's `next`.
        after: u64,
    },
    /// Everything about one task.
    Show(TaskId),
    /// The last events, 1 to 1000 of them.
    Activity(usize),
    /// A new task.
    Create(Box<CreateTask>),
    /// A change of one task.
    Change {
        /// Which.
        task: TaskId,
        /// What.
        action: Action,
    },
    /// How commands are written; of this one, where it is given.
    Help(Option<String>),
}

/// Which tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TaskFilter {
    /// All.
    All,
    /// Those that have not ended.
    #[default]
    Open,
    /// Those that have ended.
    Ended,
    /// Those that an agent works on.
    Running,
    /// Those in one state.
    State(TaskState),
    /// Those that wait for this.
    Pending(Pending),
}

impl TaskFilter {
    /// Those that are no state's name.
    const WORDS: [(&'static str, Self); 7] = [
        ("open", Self::Open),
        ("all", Self::All),
        ("ended", Self::Ended),
        ("running", Self::Running),
        ("ready", Self::Pending(Pending::Ready)),
        ("due", Self::Pending(Pending::Due)),
        ("blocked", Self::Pending(Pending::Blocked)),
    ];

    /// Every filter, by name.
    pub(super) fn named() -> impl Iterator<Item = (&'static str, Self)> {
        let states = TaskState::ALL.into_iter().map(|state| (state.name(), Self::State(state)));
        Self::WORDS.into_iter().chain(states)
    }

    /// The states that the tasks may be in; none: any.
    #[must_use]
    pub fn states(self) -> BTreeSet<TaskState> {
        let all = TaskState::ALL.into_iter();
        match self {
            Self::All => BTreeSet::new(),
            Self::Open => all.filter(|state| !state.is_terminal()).collect(),
            Self::Ended => all.filter(|state| state.is_terminal()).collect(),
            Self::Running => [TaskState::Assigned, TaskState::Active].into(),
            Self::State(state) => [state].into(),
            Self::Pending(_) => [TaskState::Pending].into(),
        }
    }

    /// Whether a task in one of the states is wanted.
    #[must_use]
    pub fn wants(self, task: &Task) -> bool {
        match self {
            Self::Pending(wanted) => task.pending() == Some(wanted),
            _ => true,
        }
    }
}

impl fmt::Display for TaskFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Self::named().filter(|(_, filter)| filter == self);
        f.pad(names.next().map_or("", |(name, _)| name))
    }
}

/// A task as a person describes it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CreateTask {
    /// One line for people.
    pub title: String,
    /// Its name; drawn where not given.
    pub id: Option<TaskId>,
    /// The kind of work; `task` where not given.
    pub kind: TaskKind,
    /// More for people.
    pub description: String,
    /// Its input.
    pub payload: Json,
    /// How urgent it is.
    pub priority: Priority,
    /// What has to be done before.
    pub needs: Vec<Need>,
    /// What an agent must be able to do.
    pub requires: BTreeSet<Capability>,
    /// The only agent that may claim it.
    pub agent: Option<AgentId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// How often it is tried again; by the default policy where not given.
    pub retries: Option<u32>,
    /// How long one attempt may run.
    pub timeout: Option<Duration>,
    /// Done work waits for a verdict.
    pub review: bool,
    /// It is parked until it is enqueued.
    pub backlog: bool,
}

impl CreateTask {
    /// A task that any agent which takes the kind `task` can claim at once.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            id: None,
            kind: TaskKind::new(KIND).unwrap_or_else(|_| unreachable!("it is a valid kind")),
            description: String::new(),
            payload: Json::null(),
            priority: Priority::NORMAL,
            needs: Vec::new(),
            requires: BTreeSet::new(),
            agent: None,
            tags: Vec::new(),
            retries: None,
            timeout: None,
            review: false,
            backlog: false,
        }
    }

    /// The task, under this name where it was given none.
    #[must_use]
    pub fn into_task(self, drawn: impl FnOnce() -> TaskId) -> NewTask {
        let mut task = NewTask::new(self.id.unwrap_or_else(drawn), self.kind)
            .with_title(self.title)
            .with_description(self.description)
            .with_payload(self.payload)
            .with_priority(self.priority)
            .with_needs(self.needs)
            .with_requires(self.requires)
            .with_tags(self.tags);
        task.agent = self.agent;
        task.timeout = self.timeout;
        task.review = self.review;
        task.backlog = self.backlog;
        match self.retries {
            None => {}
            Some(0) => task.retry = RetryPolicy::never(),
            Some(more) => task.retry = RetryPolicy::attempts(more.saturating_add(1)),
        }
        task
    }
}
