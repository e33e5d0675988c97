//! One task, whole.

use std::fmt::Write as _;

use popkit_protocol::{EdgePolicy, Task, TaskId, duration};
use popkit_store::TaskStoreExt as _;

use crate::agent::interface::text::{line, progress, time};
use crate::agent::interface::{Answer, AnswerData, InterfaceAgent, InterfaceError, TaskLine};

/// The most bytes of one line.
const LINE: usize = 2000;

impl InterfaceAgent {
    /// Everything about one task.
    pub(in crate::agent::interface) async fn show(
        &self,
        id: &TaskId,
    ) -> Result<Answer, InterfaceError> {
        let task = self.store.get(id).await?;
        let task = task.ok_or_else(|| InterfaceError::NoTask { task: id.clone() })?;
        Ok(Answer { text: page(&task), data: AnswerData::Task(Box::new(task)) })
    }
}

/// A line per fact that there is.
fn page(task: &Task) -> String {
    let (spec, brief) = (&task.spec, TaskLine::from(task));
    let join = |items: Vec<String>| items.join(", ");
    let needs = spec.needs.iter().map(|need| match need.on_failure {
        EdgePolicy::Cancel => format!("{}:cancel", need.task),
        EdgePolicy::Run => format!("{}:run", need.task),
        EdgePolicy::Ignore => format!("{}:ignore", need.task),
        _ => need.task.to_string(),
    });
    let held = task.hold.as_ref();
    let body = |json: Option<&popkit_protocol::Json>| json.map(ToString::to_string);
    let facts = [
        ("id", Some(spec.id.to_string())),
        ("title", Some(spec.title.clone())),
        ("stands", Some(brief.stands)),
        ("kind", Some(spec.kind.to_string())),
        ("priority", Some(task.priority.to_string())),
        ("attempt", Some(format!("{} of {}", task.attempt, spec.retry.max_attempts))),
        ("held by", held.map(|hold| format!("{} until {}", hold.agent, time(hold.deadline)))),
        ("progress", task.progress.as_ref().map(progress)),
        ("needs", Some(join(needs.collect()))),
        ("open needs", Some(task.open_parents).filter(|n| *n > 0).map(|n| n.to_string())),
        ("requires", Some(join(spec.requires.iter().map(ToString::to_string).collect()))),
        ("only for", spec.agent.as_ref().map(ToString::to_string)),
        ("tags", Some(spec.tags.join(", "))),
        ("timeout", spec.timeout.map(duration::format)),
        ("review", spec.review.then(|| "yes".to_owned())),
        ("due", task.due_at.map(time)),
        ("added", Some(time(task.created_at))),
        ("changed", Some(time(task.updated_at))),
        ("ended", task.ended_at.map(time)),
        ("payload", body(Some(&spec.payload).filter(|json| !json.is_null()))),
        ("checkpoint", body(task.checkpoint.as_ref())),
        ("result", body(task.result.as_ref())),
        ("description", Some(spec.description.clone())),
    ];
    let mut text = String::new();
    for (name, value) in facts {
        let value = line(&value.unwrap_or_default(), LINE);
        if !value.is_empty() {
            // Writing to a text never fails.
            let _ = writeln!(text, "{:<13}{value}", format!("{name}:"));
        }
    }
    for entry in &task.errors {
        let what = line(&entry.failure.to_string(), LINE);
        let _ =
            writeln!(text, "{:<13}{} attempt {}: {what}", "error:", time(entry.at), entry.attempt);
    }
    text.trim_end().to_owned()
}
