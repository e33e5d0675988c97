//! What an agent says about itself.

use sha2::{Digest, Sha256};

use crate::codec::{CodecError, Reader, Record, Writer, shape};
use crate::message::{Object, fraction};
use crate::{AgentId, ParseError, Timestamp};

/// Who an agent is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentIdentity {
    /// Its id, the same for its whole life.
    pub id: AgentId,
    /// Its name, for people.
    pub name: String,
    /// The session of the program it runs in, not a power session.
    pub session_id: String,
    /// When it began.
    pub started_at: Timestamp,
}

impl AgentIdentity {
    /// An identity.
    #[must_use]
    pub fn new(
        id: AgentId,
        name: impl Into<String>,
        session_id: impl Into<String>,
        started_at: Timestamp,
    ) -> Self {
        Self { id, name: name.into(), session_id: session_id.into(), started_at }
    }

    /// The id of the agent that runs in a session of another program, or of a sub-agent
    /// there: `agent-` and 16 hex digits. The same for every call of that agent, and another
    /// for every other.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the session has no name.
    pub fn stable_id(session_id: &str, sub_agent: Option<&str>) -> Result<AgentId, ParseError> {
        if session_id.is_empty() {
            let reason = "it is empty; an agent without a session cannot be told from others";
            return Err(ParseError::new("session id", session_id, reason));
        }
        let mut hash = Sha256::new();
        // The length keeps the two apart.
        hash.update(u64::try_from(session_id.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(session_id);
        hash.update(sub_agent.unwrap_or_default());
        let digits: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
        AgentId::new(format!("agent-{digits}"))
    }
}

/// A decision that an agent made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentDecision {
    /// What it decided.
    pub decision: String,
    /// Why.
    pub reasoning: String,
    /// How sure it is, 0.0 to 1.0.
    pub confidence: f64,
    /// When.
    pub timestamp: Option<Timestamp>,
}

impl AgentDecision {
    /// A decision; the confidence is brought into 0.0 to 1.0.
    #[must_use]
    pub fn new(
        decision: impl Into<String>,
        reasoning: impl Into<String>,
        confidence: f64,
        timestamp: Option<Timestamp>,
    ) -> Self {
        let confidence = fraction(confidence);
        Self { decision: decision.into(), reasoning: reasoning.into(), confidence, timestamp }
    }
}

/// The state of an agent: the payload of a heartbeat, and all that is needed to register the
/// agent that sent it. Unknown keys of its parts are not kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AgentState {
    /// Who it is.
    pub agent: AgentIdentity,
    /// How far it is with its task, 0.0 to 1.0.
    pub progress: f64,
    /// What it does.
    pub current_task: Option<String>,
    /// The files it changed.
    pub files_touched: Vec<String>,
    /// The tools it used.
    pub tools_used: Vec<String>,
    /// What keeps it from going on.
    pub blockers: Vec<String>,
    /// How many tool calls it made.
    pub tool_call_count: u64,
    /// What it decided on the way.
    pub decisions: Vec<AgentDecision>,
    /// When it said so.
    pub timestamp: Timestamp,
    /// Other keys. The originals drop a heartbeat that has any.
    pub extra: Object,
}

impl AgentState {
    /// The state of an agent that has done nothing yet.
    #[must_use]
    pub fn new(agent: AgentIdentity, timestamp: Timestamp) -> Self {
        Self {
            agent,
            progress: 0.0,
            current_task: None,
            files_touched: Vec::new(),
            tools_used: Vec::new(),
            blockers: Vec::new(),
            tool_call_count: 0,
            decisions: Vec::new(),
            timestamp,
            extra: Object::default(),
        }
    }

    /// With a progress, brought into 0.0 to 1.0.
    #[must_use]
    pub fn with_progress(mut self, progress: f64) -> Self {
        self.progress = fraction(progress);
        self
    }

    /// With what it does.
    #[must_use]
    pub fn with_current_task(mut self, task: impl Into<String>) -> Self {
        self.current_task = Some(task.into());
        self
    }
}

impl Record for AgentIdentity {
    const NAME: &'static str = "an agent: an object with id, name, session_id and started_at";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let id: AgentId = fields.required("id")?;
        let agent = Self {
            name: fields.lenient("name", id.to_string())?,
            id,
            session_id: fields.lenient("session_id", String::new())?,
            started_at: fields.required("started_at")?,
        };
        fields.strict_rest()?;
        Ok(agent)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("id", &self.id)?;
        to.put("name", &self.name)?;
        to.put("session_id", &self.session_id)?;
        to.put("started_at", &self.started_at)
    }
}

impl Record for AgentDecision {
    const NAME: &'static str = "a decision: an object with decision, reasoning and confidence";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let decision = Self {
            decision: fields.required("decision")?,
            reasoning: fields.required("reasoning")?,
            confidence: fraction(fields.required("confidence")?),
            timestamp: fields.optional("timestamp")?,
        };
        fields.strict_rest()?;
        Ok(decision)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("decision", &self.decision)?;
        to.put("reasoning", &self.reasoning)?;
        to.put("confidence", &self.confidence)?;
        match &self.timestamp {
            Some(at) => to.put("timestamp", at),
            None => Ok(()),
        }
    }
}

impl Record for AgentState {
    const NAME: &'static str = "the state of an agent";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            agent: fields.required("agent")?,
            progress: fraction(fields.lenient("progress", 0.0)?),
            current_task: fields.lenient("current_task", None)?,
            files_touched: fields.lenient("files_touched", Vec::new())?,
            tools_used: fields.lenient("tools_used", Vec::new())?,
            blockers: fields.lenient("blockers", Vec::new())?,
            tool_call_count: fields.lenient("tool_call_count", 0)?,
            decisions: fields.lenient("decisions", Vec::new())?,
            timestamp: fields.required("timestamp")?,
            extra: fields.strict_rest()?,
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("agent", &self.agent)?;
        to.put("progress", &self.progress)?;
        to.put("current_task", &self.current_task)?;
        to.put("files_touched", &self.files_touched)?;
        to.put("tools_used", &self.tools_used)?;
        to.put("blockers", &self.blockers)?;
        to.put("tool_call_count", &self.tool_call_count)?;
        to.put("decisions", &self.decisions)?;
        to.put("timestamp", &self.timestamp)?;
        to.strict_rest(&self.extra)
    }
}

shape!(AgentIdentity, AgentDecision, AgentState);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p12_an_agent_keeps_its_id_over_all_its_calls() {
        let id = |session: &str, sub: Option<&str>| AgentIdentity::stable_id(session, sub).unwrap();
        assert_eq!(id("s-1", None), id("s-1", None));
        assert_eq!(id("s-1", Some("a")), id("s-1", Some("a")));
        let all = [id("s-1", None), id("s-2", None), id("s-1", Some("a")), id("s-1a", None)];
        let apart: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(apart.len(), all.len());
        assert!(AgentIdentity::stable_id("", Some("a")).is_err());
    }
}
