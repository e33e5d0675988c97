//! What is to be written for some events.

use popkit_protocol::{Change, Task, TaskEvent, TaskId, Timestamp};
use popkit_redis::Invocation;
use serde_json::{Value, json};

use crate::Result;
use crate::backend::redis::classify::corrupt;

/// How long ended tasks are shown: a day.
const SHOWN: &str = "86400";

/// Commands, in their order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// In the order of their last events.
    tasks: Vec<TaskId>,
    commands: Vec<Vec<String>>,
}

impl Plan {
    /// An event: what it says of its task is read from the task's record later, all at once.
    pub(super) fn event(&mut self, event: &TaskEvent) -> Result<()> {
        let id = &event.task;
        self.tasks.retain(|task| task != id);
        self.tasks.push(id.clone());
        let at = naive(event.at);
        let (kind, data) = match &event.change {
            Change::Claimed { agent, .. } => ("claimed", json!({ "agent": agent.as_str() })),
            Change::Completed { result } => {
                let result = result.as_ref().map_or("null", |json| json.as_str());
                let result: Value = serde_json::from_str(result)
                    .map_err(|error| corrupt(format!("the result of {id}: {error}")))?;
                ("completed", json!({ "result": result }))
            }
            Change::Failed { error, .. } => ("failed", json!({ "error": error.to_string() })),
            _ => return Ok(()),
        };
        let stream = format!("events:task:{id}");
        let data = data.to_string();
        self.add(["XADD", &stream, "*", "event_type", kind, "timestamp", &at, "data", &data]);
        Ok(())
    }

    /// The tasks that the events were about.
    pub(super) fn tasks(&self) -> Vec<TaskId> {
        self.tasks.clone()
    }

    /// A task as it is now.
    pub(super) fn task(&mut self, task: &Task) {
        let id = task.id().as_str();
        let key = format!("task:{id}");
        let agent = task.hold.as_ref().map_or("", |hold| hold.agent.as_str());
        let assigned = task.assigned_at.map(naive).unwrap_or_default();
        let updated = naive(task.updated_at);
        let result = task.result.as_ref().map_or("null", |json| json.as_str());
        // Before the hash says who holds it: who held it is read there.
        self.add(["held", id, agent, &updated]);
        self.add([
            "HSET",
            &key,
            "status",
            task.state.name(),
            "assignee",
            agent,
            "assigned_at",
            &assigned,
            "updated_at",
            &updated,
            "result",
            result,
        ]);
        if task.is_ready() {
            let priority = task.priority.level().to_string();
            self.add(["ZADD", "tasks:pending", &priority, id]);
        } else {
            self.add(["ZREM", "tasks:pending", id]);
        }
        if task.state.is_terminal() {
            self.add(["EXPIRE", &key, SHOWN]);
            self.add(["EXPIRE", &format!("events:task:{id}"), SHOWN]);
        } else {
            self.add(["PERSIST", &key]);
            self.add(["PERSIST", &format!("events:task:{id}")]);
        }
    }

    /// A task that is there no more.
    pub(super) fn gone(&mut self, id: &TaskId, at: &str) {
        self.add(["held", id.as_str(), "", at]);
        self.add(["ZREM", "tasks:pending", id.as_str()]);
        self.add(["DEL", &format!("task:{id}"), &format!("events:task:{id}")]);
    }

    fn add<const N: usize>(&mut self, words: [&str; N]) {
        self.commands.push(words.map(str::to_owned).to_vec());
    }

    /// The commands as arguments: how many words, then the words.
    pub(super) fn complete(self, call: Invocation) -> Invocation {
        self.commands
            .into_iter()
            .fold(call, |call, words| call.arg(words.len()).args(words.iter().map(String::as_str)))
    }
}

/// A time as Python's `isoformat` writes one without a zone, in UTC.
pub(super) fn naive(at: Timestamp) -> String {
    at.to_string().trim_end_matches('Z').to_owned()
}
