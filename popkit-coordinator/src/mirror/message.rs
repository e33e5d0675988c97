//! What is told of an event, and where.

use popkit_protocol::{Change, Json, JsonError, Task, TaskEvent, TaskState, Topic};
use serde::Serialize;

/// Where an event is told, after which the task is in this state. Every event goes to one
/// channel.
pub(super) fn topic(change: &Change, after: TaskState) -> Topic {
    match change {
        Change::Inserted { .. } => Topic::TasksNew,
        Change::Claimed { .. } => Topic::TasksClaimed,
        Change::Completed { .. } | Change::Approved { .. } if after == TaskState::Done => {
            Topic::TasksComplete
        }
        Change::Failed { .. } => Topic::TasksFailed,
        // Work that waits for a review is not complete yet; a cancel is no failure.
        _ => Topic::TasksUpdated,
    }
}

/// Keys in the order of the predecessors; each channel has some of them.
#[derive(Debug, Default, Serialize)]
struct Message<'a> {
    task_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Option<&'a Json>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    timestamp: String,
    x_popkit: Extension<'a>,
}

/// What the predecessors do not know.
#[derive(Debug, Default, Serialize)]
struct Extension<'a> {
    event: &'a str,
    number: u64,
}

/// The message about an event, for this channel. `after` is the task after the event.
///
/// A result has 256 KiB at most, and every transport takes 1 MiB.
///
/// # Errors
///
/// A result that is not JSON: a defect of the store.
pub(super) fn payload(
    topic: &Topic,
    event: &TaskEvent,
    after: &Task,
) -> Result<Vec<u8>, JsonError> {
    Ok(Json::encode(&message(topic, event, after))?.as_str().into())
}

fn message<'a>(topic: &Topic, event: &'a TaskEvent, after: &'a Task) -> Message<'a> {
    let mut message = Message {
        task_id: event.task.as_str(),
        // Theirs have no zone.
        timestamp: event.at.to_string().trim_end_matches('Z').to_owned(),
        x_popkit: Extension { event: event.change.name(), number: event.number },
        ..Message::default()
    };
    match topic {
        Topic::TasksNew => {
            message.title = Some(&after.spec.title);
            message.r#type = Some(after.spec.kind.as_str());
            // They know 1 to 10.
            message.priority = Some(after.priority.level().clamp(1, 10));
        }
        Topic::TasksClaimed => {
            message.agent = match &event.change {
                Change::Claimed { agent, .. } => Some(agent.as_str()),
                _ => None,
            };
        }
        Topic::TasksComplete => message.result = Some(after.result.as_ref()),
        Topic::TasksFailed => {
            message.error = match &event.change {
                Change::Failed { error, .. } => Some(error.to_string()),
                _ => None,
            };
        }
        _ => {
            message.status = Some(after.state.name());
            message.result = Some(after.result.as_ref());
        }
    }
    message
}

#[cfg(test)]
#[path = "message/tests.rs"]
mod tests;
