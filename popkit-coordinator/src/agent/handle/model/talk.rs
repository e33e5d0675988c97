//! Questions between agents, and answers.

use popkit_protocol::{MessageId, Object, Party};

/// The extension of an answer that names its question.
pub(in crate::agent::handle) const REPLY_TO: &str = "reply_to";

/// What another agent asks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Question {
    /// Its id: the answer carries it.
    pub id: MessageId,
    /// Who asks.
    pub from: Party,
    /// The whole object.
    pub body: Object,
}

/// What another agent answers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// To which question, where it says so.
    pub question: Option<MessageId>,
    /// Who answers.
    pub from: Party,
    /// The whole object.
    pub body: Object,
}

impl Question {
    /// The text under `question`; empty where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        self.body.get("question").unwrap_or_default()
    }
}

impl Answer {
    pub(in crate::agent::handle) fn of(from: Party, body: &Object) -> Self {
        Self { question: body.extension(REPLY_TO), from, body: body.clone() }
    }

    /// The text under `answer`; empty where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        self.body.get("answer").unwrap_or_default()
    }
}
