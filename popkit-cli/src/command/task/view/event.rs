//! Events, as JSON and for people.

use popkit_protocol::{Change, TaskEvent, TaskId, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use super::VERSION;
use crate::error::CliError;
use crate::output;

/// An event, version 1. `data` holds what the change carries; its fields are those of
/// `popkit_protocol::Change`.
#[derive(Debug, Serialize)]
pub(in crate::command::task) struct EventView<'a> {
    v: u8,
    cursor: u64,
    task: &'a TaskId,
    number: u64,
    at: Timestamp,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

impl<'a> EventView<'a> {
    /// The form of an event.
    pub(in crate::command::task) fn new(event: &'a TaskEvent) -> Result<Self, CliError> {
        Ok(Self {
            v: VERSION,
            cursor: event.cursor.number(),
            task: &event.task,
            number: event.number,
            at: event.at,
            event: event.change.name(),
            data: data(&event.change)?,
        })
    }
}

/// The content of a change without the tag around it. As text, so that numbers of a payload
/// that no Rust number holds stay as they were written.
fn data(change: &Change) -> Result<Option<Box<RawValue>>, CliError> {
    let text = serde_json::to_string(change);
    let refuse = |e| CliError::failed(format!("cannot write an event as JSON: {e}"));
    let text = text.map_err(refuse)?;
    let inner = text
        .strip_prefix(&format!("{{\"{}\":", change.name()))
        .and_then(|rest| rest.strip_suffix('}'));
    inner.map(|json| RawValue::from_string(json.to_owned()).map_err(refuse)).transpose()
}

/// One line for people.
pub(in crate::command::task) fn line(event: &TaskEvent) -> String {
    let place = format!("{:>6}  {}  {}", event.cursor, output::time(event.at), event.task);
    let what = match &event.change {
        Change::Inserted { .. } => "added".to_owned(),
        Change::ParentEnded { parent, open } => {
            format!("parent {parent} ended, {open} still open")
        }
        Change::Promoted => "its time has come".to_owned(),
        Change::Claimed { agent, attempt, lease, .. } => {
            let lease = popkit_protocol::duration::format(*lease);
            format!("claimed by {agent}, attempt {attempt}, lease {lease}")
        }
        Change::Progressed { progress } => super::text::progress(progress),
        Change::Completed { .. } => "work done".to_owned(),
        Change::Retried { due, error } => match due {
            Some(due) => format!("failed, again at {}: {error}", output::time(*due)),
            None => format!("failed, again at once: {error}"),
        },
        Change::Snoozed { due } => format!("put off until {}", output::time(*due)),
        Change::Failed { error, .. } => format!("failed for good: {error}"),
        Change::Rescued { .. } => "rescued: its holder fell silent".to_owned(),
        Change::Cancelled { by, reason } => because(format!("cancelled by {by}"), reason),
        Change::Paused { by, reason } => because(format!("paused by {by}"), reason),
        Change::Resumed { by } => format!("resumed by {by}"),
        Change::Requeued { by } => format!("put back by {by}"),
        Change::Approved { by } => format!("approved by {by}"),
        Change::Rejected { by, reason } => because(format!("rejected by {by}"), reason),
        Change::Reprioritised { priority, .. } => format!("priority {priority}"),
        other => other.name().to_owned(),
    };
    format!("{place}  {}", output::short(&what, 200))
}

fn because(what: String, reason: &Option<String>) -> String {
    match reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what,
    }
}
