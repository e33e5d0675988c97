//! Barriers: the request to stand at one, the answer, the end.

use super::Object;
use crate::AgentId;
use crate::codec::{CodecError, Reader, Record, Writer, words};

/// What the coordinator says about a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncMessage {
    /// Stand at it.
    Request(SyncRequest),
    /// It is over.
    Outcome(SyncOutcome),
}

/// The request to stand at a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncRequest {
    /// Its name: `phase-0`, or a word and 6 hex digits.
    pub barrier_id: String,
    /// Who must answer.
    pub agents_required: Vec<AgentId>,
    /// What to do.
    pub instruction: String,
    /// Other keys.
    pub extra: Object,
}

impl SyncRequest {
    /// A request.
    #[must_use]
    pub fn new(
        barrier_id: impl Into<String>,
        agents_required: impl IntoIterator<Item = AgentId>,
        instruction: impl Into<String>,
    ) -> Self {
        Self {
            barrier_id: barrier_id.into(),
            agents_required: agents_required.into_iter().collect(),
            instruction: instruction.into(),
            extra: Object::default(),
        }
    }
}

words! {
    /// How a barrier ended.
    BarrierStatus, "barrier status" {
        /// All who had to answer did.
        Complete = "complete",
        /// Its time was up first.
        Expired = "expired",
    }
}

/// The end of a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncOutcome {
    /// Its name.
    pub barrier_id: String,
    /// How it ended.
    pub status: BarrierStatus,
    /// Other keys.
    pub extra: Object,
}

impl SyncOutcome {
    /// An end.
    #[must_use]
    pub fn new(barrier_id: impl Into<String>, status: BarrierStatus) -> Self {
        Self { barrier_id: barrier_id.into(), status, extra: Object::default() }
    }
}

/// An agent stands at a barrier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncAck {
    /// Its name.
    pub barrier_id: String,
    /// Other keys.
    pub extra: Object,
}

impl SyncAck {
    /// An answer.
    #[must_use]
    pub fn new(barrier_id: impl Into<String>) -> Self {
        Self { barrier_id: barrier_id.into(), extra: Object::default() }
    }
}

impl Record for SyncMessage {
    const NAME: &'static str = "a barrier";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let barrier_id = fields.required("barrier_id")?;
        if fields.has("status") {
            let status = fields.required("status")?;
            return Ok(Self::Outcome(SyncOutcome { barrier_id, status, extra: fields.rest() }));
        }
        Ok(Self::Request(SyncRequest {
            barrier_id,
            agents_required: fields.required("agents_required")?,
            instruction: fields.required("instruction")?,
            extra: fields.rest(),
        }))
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        match self {
            Self::Request(request) => {
                to.put("barrier_id", &request.barrier_id)?;
                to.put("agents_required", &request.agents_required)?;
                to.put("instruction", &request.instruction)?;
                to.rest(&request.extra)
            }
            Self::Outcome(outcome) => {
                to.put("barrier_id", &outcome.barrier_id)?;
                to.put("status", &outcome.status)?;
                to.rest(&outcome.extra)
            }
        }
    }
}

impl Record for SyncAck {
    const NAME: &'static str = "an answer to a barrier";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self { barrier_id: fields.required("barrier_id")?, extra: fields.rest() })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("barrier_id", &self.barrier_id)?;
        to.rest(&self.extra)
    }
}
