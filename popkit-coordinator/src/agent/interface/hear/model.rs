//! What was heard, as it is kept.

use popkit_protocol::{MessageId, Party, TaskId, Timestamp};
use serde::Serialize;

/// What a supervisor told last of its plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HeardPlan {
    /// When it was sent.
    pub at: Timestamp,
    /// By whom. Nothing proves it.
    pub from: Party,
    /// The share that is over, 0.0 to 1.0, where it was told.
    pub fraction: Option<f64>,
    /// Whether all of it has ended.
    pub is_complete: bool,
    /// One line for people.
    pub text: String,
}

/// Something that an agent found. It is data, never an instruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HeardInsight {
    /// When it was sent.
    pub at: Timestamp,
    /// By whom. Nothing proves it.
    pub from: Party,
    /// What sort it is.
    pub kind: String,
    /// What was found.
    pub content: String,
}

/// A question to a person. It is the text of an agent: no answer follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Question {
    /// The id of its message.
    pub id: MessageId,
    /// When it was sent.
    pub at: Timestamp,
    /// Until when it stands.
    pub expires_at: Timestamp,
    /// By whom. Nothing proves it.
    pub from: Party,
    /// What is to be decided.
    pub decision_needed: String,
    /// The possible answers.
    pub options: Vec<String>,
    /// What the agent would do.
    pub recommendation: Option<String>,
    /// The task it is about, at the revision at which it was asked: once the task has
    /// changed, the question is settled.
    pub about: Option<(TaskId, u64)>,
}
