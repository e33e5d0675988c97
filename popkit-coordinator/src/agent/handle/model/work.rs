//! Work that was sent as a message.

use popkit_protocol::message::TaskMessage;
use popkit_protocol::session::Orphan;
use popkit_protocol::{Object, Party, TaskId};

/// A task that was sent as a message, outside the task store.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Work {
    /// Its id, for the result; a coordinator of the originals gives none.
    pub id: Option<TaskId>,
    /// Who sent it.
    pub from: Party,
    /// The whole object.
    pub body: Object,
    /// How far the agent was that had it before and is lost.
    pub orphan: Option<Box<Orphan>>,
}

impl Work {
    pub(in crate::agent::handle) fn of(from: Party, message: &TaskMessage) -> Self {
        let body = message.body.clone();
        let id = body.extension("task_id").or_else(|| body.get("task_id"));
        Self { id, from, orphan: body.extension("orphan").map(Box::new), body }
    }

    /// What it is called; empty where it has no title.
    #[must_use]
    pub fn title(&self) -> String {
        self.body.get("title").unwrap_or_default()
    }
}
