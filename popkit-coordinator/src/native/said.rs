//! What was said to an agent, for the command that it starts next.

use popkit_protocol::message::EXTENSIONS;
use popkit_protocol::{
    AgentId, Codec, Envelope, Json, Limits, Message, MessageId, MessageType, Object, Party,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::Received;
use crate::agent::handle::{Answer, Question};

/// Where a free payload has its text: as `popkit send` writes it, and as handles do.
const TEXTS: [&str; 3] = ["text", "question", "answer"];

/// A message, as a program reads it on its standard input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Said {
    /// Unknown of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    /// The question that an answer names.
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<MessageId>,
    pub(super) from: Party,
    /// When the agent heard of it.
    at: Timestamp,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Where there is no text, or more than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Json>,
}

impl Said {
    pub(super) fn question(question: &Question, at: Timestamp) -> Self {
        let said = Self::of(&question.from, at, MessageType::Query.name(), &question.body);
        Self { id: Some(question.id.clone()), ..said }
    }

    pub(super) fn answer(answer: &Answer, at: Timestamp) -> Self {
        let said = Self::of(&answer.from, at, MessageType::Response.name(), &answer.body);
        Self { reply_to: answer.question.clone(), ..said }
    }

    /// A message of another type; `None` for one that is nothing for this agent's command.
    pub(super) fn other(received: &Received, me: &AgentId, at: Timestamp) -> Option<Self> {
        let envelope = received.envelope();
        if !concerns(envelope, me) {
            return None;
        }
        let said = Self::of(&envelope.from, at, envelope.message.name(), &payload(envelope));
        Some(Self { id: Some(envelope.id.clone()), ..said })
    }

    pub(super) fn of(from: &Party, at: Timestamp, kind: &str, body: &Object) -> Self {
        let text = TEXTS.iter().find_map(|key| body.get::<String>(key));
        let is_all = body.keys().iter().filter(|key| *key != EXTENSIONS).count() == 1;
        Self {
            id: None,
            reply_to: None,
            from: from.clone(),
            at,
            r#type: kind.to_owned(),
            payload: (text.is_none() || !is_all).then(|| body.as_json().clone()),
            text,
        }
    }

    /// What it says: the text, where that is all, else the payload as JSON.
    pub(super) fn words(&self) -> &str {
        match (&self.payload, &self.text) {
            (Some(payload), _) => payload.as_str(),
            (None, text) => text.as_deref().unwrap_or_default(),
        }
    }
}

/// Whether it is for the command: whatever somebody sends to this agent alone. Of what is sent
/// to all that is meant to be read; the rest is between programs.
fn concerns(envelope: &Envelope, me: &AgentId) -> bool {
    envelope.to.agent() == Some(me)
        || matches!(
            envelope.message,
            Message::Task(_)
                | Message::DriftAlert(_)
                | Message::CourseCorrect(_)
                | Message::Other { .. }
        )
}

/// What a message carries.
fn payload(envelope: &Envelope) -> Object {
    #[derive(Deserialize)]
    struct Whole {
        payload: Json,
    }
    // It was read under narrower limits, so it can be written.
    let limits = Limits::default().with_bytes(usize::MAX).with_depth(Limits::DEEPEST);
    let bytes = Codec::new(limits).encode(envelope).unwrap_or_default();
    let whole = serde_json::from_slice::<Whole>(&bytes);
    whole.ok().and_then(|whole| Object::new(&whole.payload).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use popkit_protocol::RandomIds;
    use popkit_protocol::message::{ProgressMessage, TaskMessage};

    use super::*;

    fn said(body: &str) -> (Option<String>, Option<String>, String) {
        let body = Object::new(&Json::from_text(body).unwrap()).unwrap();
        let said = Said::of(&Party::Human, Timestamp::EPOCH, "QUERY", &body);
        let payload = said.payload.as_ref().map(ToString::to_string);
        (said.text.clone(), payload, said.words().to_owned())
    }

    #[test]
    fn nothing_of_a_message_is_left_out() {
        let some = |text: &str| Some(text.to_owned());
        for key in TEXTS {
            let (text, payload, words) = said(&format!(r#"{{"{key}":"hi","x_popkit":{{}}}}"#));
            assert_eq!((text, payload, words.as_str()), (some("hi"), None, "hi"));
        }
        let more = r#"{"text":"hi","x":1}"#;
        assert_eq!(said(more), (some("hi"), some(more), more.to_owned()));
        for bare in [r#"{"x":1}"#, r#"{"text":7}"#, "{}"] {
            assert_eq!(said(bare), (None, some(bare), bare.to_owned()));
        }
    }

    #[test]
    fn to_all_only_what_is_meant_to_be_read_counts() {
        let me = AgentId::new("one").unwrap();
        let from = Party::Agent(AgentId::new("cli").unwrap());
        let counts = |to: Party, message: Message| {
            let envelope = Envelope::new(&RandomIds, Timestamp::EPOCH, from.clone(), to, message);
            concerns(&envelope, &me)
        };
        let task = || Message::Task(TaskMessage::new(Object::default()));
        let progress = || Message::Progress(ProgressMessage::new(Object::default()));
        let mine = || Party::Agent(me.clone());
        assert!(counts(mine(), task()) && counts(mine(), progress()));
        assert!(counts(Party::Everyone, task()) && !counts(Party::Everyone, progress()));
    }
}
