//! A run as lines of JSON. Documented in `docs/run.md`; what is there stays.

use std::io::{self, Write as _};

use popkit_protocol::{Change, TaskId};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::report::Report;
use super::super::watch::News;
use super::Began;

/// Writes lines to standard output until nobody reads them.
#[derive(Debug)]
pub(super) struct Lines {
    closed: bool,
}

/// One line.
#[derive(Debug, Serialize)]
struct Object<'o> {
    v: u32,
    #[serde(rename = "type")]
    kind: &'o str,
    #[serde(flatten)]
    body: &'o Value,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { closed: false }
    }

    /// Writes one object of this type. A reader that went away ends the output, not the run.
    pub(super) fn write(&mut self, kind: &str, body: &Value) {
        if self.closed {
            return;
        }
        let object = Object { v: 1, kind, body };
        let mut out = io::stdout().lock();
        let written = serde_json::to_writer(&mut out, &object)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
            .and_then(|()| out.flush());
        self.closed = written.is_err();
    }
}

/// The body of `run.started`.
pub(super) fn began(began: &Began<'_>) -> Value {
    let agents: Vec<Value> =
        began.agents.iter().map(|(id, slots)| json!({"id": id, "slots": slots})).collect();
    json!({
        "plan": began.plan,
        "objective": began.objective,
        "started_at": began.at,
        "store": began.store,
        "tasks": began.tasks,
        "done_before": began.done,
        "agents": agents,
        "inserted": began.inserted,
        "requeued": began.requeued,
        "replaced": began.replaced,
        "removed": began.removed,
        "changed": began.changed,
    })
}

/// The body of `task.event`: what identifies the event, then what it says. No claim ids:
/// they are the half of a token.
pub(super) fn event(news: &News<'_>) -> Value {
    let event = news.event;
    let mut body = json!({
        "cursor": event.cursor.number(),
        "task": event.task,
        "number": event.number,
        "at": event.at,
        "event": event.change.name(),
        "state": news.state,
        "attempt": news.attempt,
    });
    let Some(map) = body.as_object_mut() else { return body };
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    if let Some(agent) = &news.agent {
        put("agent", json!(agent));
    }
    if let Some(lasted) = news.lasted {
        put("seconds", json!(lasted.as_secs_f64()));
    }
    match &event.change {
        Change::Progressed { progress } => put("progress", json!(progress)),
        Change::Completed { result: Some(result) } => put("result", json!(result)),
        Change::Retried { due, error } => {
            put("error", json!(error));
            put("due", json!(due));
        }
        Change::Snoozed { due } => put("due", json!(due)),
        Change::Failed { cause, error } => {
            put("cause", json!(cause));
            put("error", json!(error));
        }
        Change::Cancelled { by, reason }
        | Change::Paused { by, reason }
        | Change::Rejected { by, reason } => {
            put("by", json!(by.to_string()));
            put("reason", json!(reason));
        }
        Change::Resumed { by } | Change::Requeued { by } | Change::Approved { by } => {
            put("by", json!(by.to_string()));
        }
        Change::ParentEnded { parent, open } => {
            put("parent", json!(parent));
            put("open_parents", json!(open));
        }
        _ => {}
    }
    body
}

/// The body of `task.output`.
pub(super) fn output(task: &TaskId, stream: &str, line: &str) -> Value {
    json!({"task": task, "stream": stream, "line": line})
}

/// The body of `run.finished`.
pub(super) fn finished(report: &Report) -> Value {
    // A report holds nothing that has no JSON form.
    serde_json::to_value(report).unwrap_or_default()
}
