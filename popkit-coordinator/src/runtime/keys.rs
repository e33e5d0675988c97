//! The names of the documents of a session.

use popkit_protocol::{AgentId, MessageId};
use popkit_store::{Result, StateKey};

use crate::machine::Doc;

/// The names. A store of one session puts the session's prefix before them, as Redis does;
/// they are the same for every session.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) lease: StateKey,
    pub(super) term: StateKey,
    pub(super) snapshot: StateKey,
    pub(super) journal: StateKey,
    pub(super) dead: StateKey,
    pub(super) insights: StateKey,
    pub(super) patterns: StateKey,
}

impl Keys {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            lease: StateKey::new("leader")?,
            term: StateKey::new("leader:term")?,
            snapshot: StateKey::new("session:snapshot")?,
            journal: StateKey::new("journal")?,
            dead: StateKey::new("dead")?,
            insights: StateKey::new("insights")?,
            patterns: StateKey::new("patterns")?,
        })
    }

    /// One part of a snapshot that is cut. Two sets take turns, so that one is always whole.
    pub(super) fn part(set: u8, part: u32) -> Result<StateKey> {
        StateKey::new(format!("session:snapshot:{set}:{part}"))
    }

    pub(super) fn decision(id: &MessageId) -> Result<StateKey> {
        StateKey::new(format!("decision:{id}"))
    }

    /// With what the names of all agents' states begin.
    pub(super) const STATES: &'static str = "state:";

    /// With what the names of all decisions begin.
    pub(super) const DECISIONS: &'static str = "decision:";

    /// With what the names of all streams of tool output begin.
    pub(super) const STREAMS: &'static str = "streams:";

    pub(super) fn state(agent: &AgentId) -> Result<StateKey> {
        StateKey::new(format!("state:{agent}"))
    }

    /// The list of a stream of tool output; its name is any text.
    pub(super) fn stream(agent: &AgentId, stream: &str) -> Result<StateKey> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let stream: String =
            stream.chars().map(|c| if plain(c) { c } else { '_' }).take(128).collect();
        StateKey::new(format!("streams:{agent}:{stream}"))
    }

    pub(super) fn document(&self, doc: &Doc, session: &str) -> Result<StateKey> {
        match doc {
            Doc::Objective => StateKey::new("objective"),
            Doc::Status => StateKey::new("coordinator:status"),
            Doc::Agent(agent) => Self::state(agent),
            Doc::Insights => Ok(self.insights.clone()),
            Doc::Pattern(id) => StateKey::new(format!("patterns:{id}")),
            Doc::Orphans => StateKey::new("tasks:orphaned"),
            Doc::Human => StateKey::new("human"),
            Doc::Approval(id) => StateKey::new(format!("approval:{id}")),
            Doc::Completed => StateKey::new(format!("completed:{session}")),
        }
    }
}
