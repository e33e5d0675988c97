//! The names of the types.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::ParseError;
use crate::codec::words;

words! {
    /// The types of the documentation. A message of another type is a
    /// [`Message::Other`](super::Message::Other).
    MessageType, "message type" {
        /// Work for an agent.
        Task = "TASK",
        /// How far an agent is.
        Progress = "PROGRESS",
        /// What came out.
        Result = "RESULT",
        /// An agent is alive.
        Heartbeat = "HEARTBEAT",
        /// A barrier: the request to stand at it, and its end.
        Sync = "SYNC",
        /// An agent stands at a barrier.
        SyncAck = "SYNC_ACK",
        /// A discovery.
        Insight = "INSIGHT",
        /// A question between agents; declared by the originals, used by none.
        Query = "QUERY",
        /// Its answer.
        Response = "RESPONSE",
        /// A phase begins, or the objective is reached.
        ObjectiveUpdate = "OBJECTIVE_UPDATE",
        /// An agent leaves its path.
        DriftAlert = "DRIFT_ALERT",
        /// An agent must pause, go on, stop or do something else.
        CourseCorrect = "COURSE_CORRECT",
        /// An agent is lost.
        AgentDown = "AGENT_DOWN",
        /// The task of a lost agent.
        TaskOrphaned = "TASK_ORPHANED",
        /// A task was taken; declared by the originals, used by none.
        TaskClaimed = "TASK_CLAIMED",
        /// A person must decide.
        HumanRequired = "HUMAN_REQUIRED",
        /// A limit was broken.
        BoundaryAlert = "BOUNDARY_ALERT",
        /// A stream of tool output begins.
        StreamStart = "STREAM_START",
        /// A part of it.
        StreamChunk = "STREAM_CHUNK",
        /// It ended well.
        StreamEnd = "STREAM_END",
        /// It broke.
        StreamError = "STREAM_ERROR",
        /// Declared by the originals, used by none.
        EmbeddingRequest = "EMBEDDING_REQUEST",
        /// Declared by the originals, used by none.
        EmbeddingResult = "EMBEDDING_RESULT",
        /// Declared by the originals, used by none.
        SimilarityQuery = "SIMILARITY_QUERY",
        /// Declared by the originals, used by none.
        SimilarityResult = "SIMILARITY_RESULT",
    }
}

/// The name of a type that is not among [`MessageType::ALL`]: 1 to 64 letters, digits and
/// `_:.-`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherType(Arc<str>);

impl OtherType {
    /// Checks and takes the text.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the rule that the text breaks; the name of a known type is refused
    /// too.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ParseError> {
        let text = text.as_ref();
        let refuse = |reason: &str| Err(ParseError::new("message type", text, reason));
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_:.-".contains(&b);
        if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
            return refuse("expected 1 to 64 letters, digits and `_:.-`");
        }
        if text.parse::<MessageType>().is_ok() {
            return refuse("this type is known; use its variant of Message");
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for OtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherType({})", self.0)
    }
}

impl FromStr for OtherType {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_five_types_and_each_has_its_own_name() {
        let names: std::collections::BTreeSet<_> =
            MessageType::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), 25);
        for kind in MessageType::ALL {
            assert_eq!(kind.name().parse::<MessageType>().unwrap(), *kind);
            assert!(OtherType::new(kind.name()).is_err(), "{kind} is known");
        }
    }

    #[test]
    fn other_types_follow_the_grammar() {
        for good in ["task", "MY_TYPE", "plan:approval_request", &"x".repeat(64)] {
            assert_eq!(OtherType::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "ä", &"x".repeat(65)] {
            assert!(OtherType::new(bad).is_err(), "{bad:?}");
        }
    }
}
