//! A native session as people see it.

use std::collections::BTreeMap;

use popkit_protocol::Timestamp;

use super::AgentStatus;

/// How far a native session is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PowerState {
    /// What is to be reached.
    pub objective: String,
    /// The place in `phases` of the phase that runs; absent before the first.
    pub current_phase: Option<usize>,
    /// The names of the phases, in their order.
    pub phases: Vec<String>,
    /// The agents, by their ids.
    pub agents: BTreeMap<String, PowerAgent>,
    /// When this was so.
    pub updated_at: Option<Timestamp>,
}

impl PowerState {
    /// The state of a session that has not begun.
    pub fn new(objective: impl Into<String>, phases: Vec<String>) -> Self {
        Self { objective: objective.into(), phases, ..Self::default() }
    }

    /// The name of the phase that runs.
    #[must_use]
    pub fn phase(&self) -> Option<&str> {
        self.phases.get(self.current_phase?).map(String::as_str)
    }
}

/// An agent of a native session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PowerAgent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it does.
    pub task: String,
    /// In which phase.
    pub phase: String,
    /// How far it is.
    pub status: AgentStatus,
    /// Whether it must show a plan first.
    pub plan_mode_required: bool,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

impl PowerAgent {
    /// An agent that has not begun. Its name is its id.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { name: id.clone(), id, ..Self::default() }
    }
}
