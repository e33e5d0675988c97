//! An agent is lost.

use super::Object;
use crate::codec::{CodecError, Reader, Record, Writer};
use crate::session::AgentState;
use crate::{AgentId, Json};

/// An agent is lost. What becomes of its task is told by an
/// [`Orphan`](crate::session::Orphan).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentDown {
    /// Its id.
    pub agent: AgentId,
    /// Its name, for people.
    pub agent_name: String,
    /// What its last heartbeat said.
    pub last_state: Option<AgentState>,
    /// The task it had, in whatever form; null where it had none.
    pub assigned_task: Json,
    /// Other keys.
    pub extra: Object,
}

impl AgentDown {
    /// The loss of an agent that had no task.
    #[must_use]
    pub fn new(agent: AgentId, agent_name: impl Into<String>) -> Self {
        Self {
            agent,
            agent_name: agent_name.into(),
            last_state: None,
            assigned_task: Json::null(),
            extra: Object::default(),
        }
    }

    /// With what its last heartbeat said.
    #[must_use]
    pub fn with_last_state(mut self, state: AgentState) -> Self {
        self.last_state = Some(state);
        self
    }

    /// With the task it had.
    #[must_use]
    pub fn with_assigned_task(mut self, task: Json) -> Self {
        self.assigned_task = task;
        self
    }
}

impl Record for AgentDown {
    const NAME: &'static str = "a lost agent";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            agent: fields.required("agent")?,
            agent_name: fields.required("agent_name")?,
            last_state: fields.optional("last_state")?,
            assigned_task: fields.or("assigned_task", Json::null())?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("agent", &self.agent)?;
        to.put("agent_name", &self.agent_name)?;
        to.put("last_state", &self.last_state)?;
        to.put("assigned_task", &self.assigned_task)?;
        to.rest(&self.extra)
    }
}
