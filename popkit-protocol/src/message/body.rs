//! All messages.

use std::time::Duration;

use super::{
    AgentDown, BoundaryAlert, CourseCorrect, DriftAlert, HumanRequired, MessageType, Object,
    ObjectiveUpdate, OtherType, ProgressMessage, ResultMessage, StreamChunk, StreamEnd,
    StreamStart, SyncAck, SyncMessage, TaskMessage,
};
use crate::session::{AgentState, Insight, Orphan};

/// What an envelope carries: one of the 25 documented types with its payload, or another
/// type with whatever it has.
///
/// Payloads that the documentation leaves open are kept whole, as an [`Object`]; the others
/// keep the keys that they do not know. So a message that is forwarded arrives unchanged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Work for an agent.
    Task(TaskMessage),
    /// How far an agent is.
    Progress(ProgressMessage),
    /// What came out.
    Result(ResultMessage),
    /// An agent is alive.
    Heartbeat(AgentState),
    /// A barrier.
    Sync(SyncMessage),
    /// An agent stands at a barrier.
    SyncAck(SyncAck),
    /// A discovery.
    Insight(Insight),
    /// A question between agents.
    Query(Object),
    /// Its answer.
    Response(Object),
    /// A phase begins, or the objective is reached.
    ObjectiveUpdate(ObjectiveUpdate),
    /// An agent leaves its path.
    DriftAlert(DriftAlert),
    /// What an agent must do now.
    CourseCorrect(CourseCorrect),
    /// An agent is lost.
    AgentDown(AgentDown),
    /// The task of a lost agent.
    TaskOrphaned(Orphan),
    /// A task was taken.
    TaskClaimed(Object),
    /// A person must decide.
    HumanRequired(HumanRequired),
    /// A limit was broken.
    BoundaryAlert(BoundaryAlert),
    /// A stream of tool output begins.
    StreamStart(StreamStart),
    /// A part of it.
    StreamChunk(StreamChunk),
    /// It ended well.
    StreamEnd(StreamEnd),
    /// It broke.
    StreamError(StreamEnd),
    /// Declared by the originals, used by none.
    EmbeddingRequest(Object),
    /// Declared by the originals, used by none.
    EmbeddingResult(Object),
    /// Declared by the originals, used by none.
    SimilarityQuery(Object),
    /// Declared by the originals, used by none.
    SimilarityResult(Object),
    /// A type that the documentation does not name.
    Other {
        /// Its name.
        name: OtherType,
        /// All that it has.
        payload: Object,
    },
}

impl Message {
    /// The type; `None` for one that the documentation does not name.
    #[must_use]
    pub const fn kind(&self) -> Option<MessageType> {
        Some(match self {
            Self::Task(_) => MessageType::Task,
            Self::Progress(_) => MessageType::Progress,
            Self::Result(_) => MessageType::Result,
            Self::Heartbeat(_) => MessageType::Heartbeat,
            Self::Sync(_) => MessageType::Sync,
            Self::SyncAck(_) => MessageType::SyncAck,
            Self::Insight(_) => MessageType::Insight,
            Self::Query(_) => MessageType::Query,
            Self::Response(_) => MessageType::Response,
            Self::ObjectiveUpdate(_) => MessageType::ObjectiveUpdate,
            Self::DriftAlert(_) => MessageType::DriftAlert,
            Self::CourseCorrect(_) => MessageType::CourseCorrect,
            Self::AgentDown(_) => MessageType::AgentDown,
            Self::TaskOrphaned(_) => MessageType::TaskOrphaned,
            Self::TaskClaimed(_) => MessageType::TaskClaimed,
            Self::HumanRequired(_) => MessageType::HumanRequired,
            Self::BoundaryAlert(_) => MessageType::BoundaryAlert,
            Self::StreamStart(_) => MessageType::StreamStart,
            Self::StreamChunk(_) => MessageType::StreamChunk,
            Self::StreamEnd(_) => MessageType::StreamEnd,
            Self::StreamError(_) => MessageType::StreamError,
            Self::EmbeddingRequest(_) => MessageType::EmbeddingRequest,
            Self::EmbeddingResult(_) => MessageType::EmbeddingResult,
            Self::SimilarityQuery(_) => MessageType::SimilarityQuery,
            Self::SimilarityResult(_) => MessageType::SimilarityResult,
            Self::Other { .. } => return None,
        })
    }

    /// The name of the type on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match (self, self.kind()) {
            (_, Some(kind)) => kind.name(),
            (Self::Other { name, .. }, None) => name.as_str(),
            _ => "",
        }
    }

    /// Whether such a message asks for an acknowledgement unless its sender says otherwise:
    /// tasks, results, requests of barriers and requests for a decision.
    #[must_use]
    pub const fn requires_ack(&self) -> bool {
        matches!(
            self,
            Self::Task(_)
                | Self::Result(_)
                | Self::Sync(SyncMessage::Request(_))
                | Self::HumanRequired(_)
        )
    }

    /// How long such a message lives unless its sender says otherwise: 60 s for a heartbeat,
    /// an hour for a request for a decision, else 300 s.
    #[must_use]
    pub const fn ttl(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Heartbeat(_) => 60,
            Self::HumanRequired(_) => 3600,
            _ => 300,
        })
    }
}
