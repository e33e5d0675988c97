//! From the form to a task that a store can insert.

use super::{TaskJson, checkpoint};
use crate::compat::naive;
use crate::{
    Json, NewTask, ParseError, Priority, RetryPolicy, TaskId, TaskKind, TaskState, Timestamp,
    limits,
};

/// A foreign task, ready to be inserted.
///
/// A store inserts specs alone, so only [`spec`](Self::spec) lives on: id, kind, title,
/// description, priority, tags, parents, attempts allowed, whether it stays in the
/// backlog and whether it waits for a verdict. Everything else here is for whoever
/// imports: to decide, to report, or to carry over by other means.
///
/// Look at [`state`](Self::state) first. Inserting the spec of a task that has ended runs
/// it again, and so does that of one in review. Whoever takes over an assigned, active or
/// paused task must know that its agent has stopped.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Import {
    /// What to insert. Its payload is null: the form has none.
    pub spec: NewTask,
    /// Where it stood. `approved` of the form is [`TaskState::Review`] here.
    pub state: TaskState,
    /// Attempts after the first. An inserted spec starts again with none.
    pub retry_count: u32,
    /// What went wrong so far, oldest first.
    pub errors: Vec<LoggedError>,
    /// Where the next attempt could go on from.
    pub checkpoint: Option<Json>,
    /// When that was saved.
    pub checkpoint_at: Option<Timestamp>,
    /// What came out.
    pub result: Option<Json>,
    /// Files and other things that came out.
    pub artifacts: Vec<Json>,
    /// Who worked on it, as written. It does not become the only agent that may claim
    /// the task: that name may never be seen again.
    pub assignee: Option<String>,
    /// Its dependants. The edges are in *their* `depends_on`, and come with them.
    pub blocks: Vec<TaskId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the current or last attempt was claimed.
    pub assigned_at: Option<Timestamp>,
    /// When the first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

/// A line of the error log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedError {
    /// When, where the line says so.
    pub at: Option<Timestamp>,
    /// What; the whole line where it has no time.
    pub text: String,
}

impl LoggedError {
    fn parse(line: &str) -> Self {
        let split = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        match split.map(|(at, text)| (naive::parse(at), text)) {
            Some((Ok(at), text)) => {
                let text = text.strip_prefix(' ').unwrap_or(text);
                Self { at: Some(at), text: text.to_owned() }
            }
            _ => Self { at: None, text: line.to_owned() },
        }
    }
}

impl TaskJson {
    /// The task, checked.
    ///
    /// - `type` becomes lower case; a character that no [`TaskKind`] has becomes `-`, and
    ///   what precedes the first letter or digit is dropped. What is empty then is
    ///   `general`.
    /// - `max_retries` n allows n + 1 attempts, with the default backoff.
    /// - Parents get the default edge policy: the task waits until all are done.
    /// - An id is never changed: others name the task by it.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where an id does not fit our grammar, the state is unknown, the
    /// priority is not 1 to 10, or something is beyond [`limits`].
    pub fn into_import(self) -> Result<Import, ParseError> {
        let state = state(&self.state)?;
        let attempts = self.max_retries.saturating_add(1);
        let parents = ids("depends_on", &self.depends_on)?;
        let mut spec = NewTask::new(TaskId::new(&self.id)?, kind(&self.kind)?)
            .with_title(self.title)
            .with_description(self.description)
            .with_priority(Priority::try_from(self.priority)?)
            .with_tags(self.tags)
            .with_needs(parents)
            .with_retry(RetryPolicy::attempts(attempts));
        spec.backlog = state == TaskState::Backlog;
        spec.review = state == TaskState::Review;
        limits::check_new_task(&spec)?;
        let checkpoint = checkpoint::unwrap(self.checkpoint_data);
        for (what, body) in [("checkpoint size", &checkpoint), ("result size", &self.result)] {
            body.as_ref().map_or(Ok(()), |json| limits::check_body(what, json))?;
        }
        Ok(Import {
            spec,
            state,
            retry_count: self.retry_count,
            errors: self.error_log.iter().map(|line| LoggedError::parse(line)).collect(),
            checkpoint,
            checkpoint_at: self.checkpoint_timestamp,
            result: self.result,
            artifacts: self.artifacts,
            assignee: self.assignee,
            blocks: ids("blocks", &self.blocks)?,
            created_at: self.created_at,
            assigned_at: self.assigned_at,
            started_at: self.started_at,
            completed_at: self.completed_at,
        })
    }
}

fn state(text: &str) -> Result<TaskState, ParseError> {
    // The verdict was given but not yet acted upon; a reviewer here gives it again.
    if text == "approved" { Ok(TaskState::Review) } else { text.parse() }
}

fn kind(text: &str) -> Result<TaskKind, ParseError> {
    let fits = |c: char| {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || matches!(c, '.' | '_' | ':' | '/' | '@' | '-')
    };
    let lower = text.trim().to_ascii_lowercase();
    let mapped: String = lower.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let label = mapped.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    TaskKind::new(if label.is_empty() { "general" } else { label })
}

fn ids(field: &'static str, texts: &[String]) -> Result<Vec<TaskId>, ParseError> {
    let check = |text: &String| {
        TaskId::new(text).map_err(|e| {
            let reason = format!("{}; rename that task in its own file too", e.reason());
            ParseError::new(field, text, reason)
        })
    };
    texts.iter().map(check).collect()
}
