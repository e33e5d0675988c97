//! The envelope.

use super::message::{SpineMessage, SpineType};
use crate::codec::{CodecError, Reader, Record, Writer};
use crate::{IdSource, Json, MessageId, ParseError, Party, Timestamp};

/// A message of the execution spine with its sender and receiver. On the wire it has seven
/// keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpineEnvelope {
    /// Its id: a UUID.
    pub message_id: MessageId,
    /// What joins a request and its answer: `req-` and a UUID. Only these two have one.
    pub request_id: Option<MessageId>,
    /// Who says that they sent it.
    pub from: Party,
    /// Who it is for.
    pub to: Party,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// What it says.
    pub message: SpineMessage,
}

impl SpineEnvelope {
    /// A message with a fresh id; a request, and an answer that answers nothing, gets a fresh
    /// request id too.
    #[must_use]
    pub fn new(
        ids: &dyn IdSource,
        now: Timestamp,
        from: Party,
        to: Party,
        message: SpineMessage,
    ) -> Self {
        let request_id = message.kind().is_paired().then(|| id("req-", ids));
        Self { message_id: id("", ids), request_id, from, to, sent_at: now, message }
    }

    /// The answer to this request, back to its sender.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the message is no answer to it.
    pub fn answer(
        &self,
        ids: &dyn IdSource,
        now: Timestamp,
        message: SpineMessage,
    ) -> Result<Self, ParseError> {
        let (asked, kind) = (self.message.kind(), message.kind());
        if asked.answered_by() != Some(kind) {
            let reason = match asked.answered_by() {
                Some(answer) => format!("{asked} is answered by {answer}"),
                None => format!("{asked} has no answer; send a message of its own"),
            };
            return Err(ParseError::new("answer", kind.name(), reason));
        }
        let mut answer = Self::new(ids, now, self.to.clone(), self.from.clone(), message);
        answer.request_id.clone_from(&self.request_id);
        Ok(answer)
    }

    /// Whether it answers this request: the types belong together and the request ids are
    /// equal.
    #[must_use]
    pub fn answers(&self, request: &Self) -> bool {
        request.message.kind().answered_by() == Some(self.message.kind())
            && self.request_id.is_some()
            && self.request_id == request.request_id
    }
}

/// A UUID of version 4 behind a word.
fn id(word: &str, ids: &dyn IdSource) -> MessageId {
    let uuid = uuid::Builder::from_random_bytes(ids.draw().to_be_bytes()).into_uuid();
    MessageId::new(format!("{word}{uuid}")).unwrap_or_else(|_| unreachable!("a uuid is a valid id"))
}

fn check(id: &MessageId, word: &str) -> Result<(), CodecError> {
    let digits = id.as_str().strip_prefix(word).filter(|rest| rest.len() == 36);
    if digits.is_some_and(|digits| uuid::Uuid::try_parse(digits).is_ok()) {
        return Ok(());
    }
    Err(CodecError::invalid(format!("expected `{word}` and a UUID of 36 characters")))
}

fn check_request_id(kind: SpineType, id: Option<&MessageId>) -> Result<(), CodecError> {
    match id {
        Some(id) if kind.is_paired() => check(id, "req-"),
        None if !kind.is_paired() => Ok(()),
        Some(_) => Err(CodecError::invalid(format!("{kind} has none, it is no request"))),
        None => Err(CodecError::invalid(format!("{kind} needs one: `req-` and a UUID"))),
    }
}

impl Record for SpineEnvelope {
    const NAME: &'static str = "a message of the execution spine";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let kind: SpineType = fields.required("type")?;
        let payload: Json = fields.required("payload")?;
        let mut payload = Reader::new(&payload, fields.style()).map_err(|e| e.under("payload"))?;
        let envelope = Self {
            message: SpineMessage::read(kind, &mut payload).map_err(|e| e.under("payload"))?,
            message_id: fields.required("message_id")?,
            request_id: fields.optional("request_id")?,
            from: fields.required("from_agent")?,
            to: fields.required("to_agent")?,
            sent_at: fields.required("timestamp")?,
        };
        check(&envelope.message_id, "").map_err(|e| e.under("message_id"))?;
        check_request_id(kind, envelope.request_id.as_ref()).map_err(|e| e.under("request_id"))?;
        fields.strict_rest()?;
        Ok(envelope)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        let kind = self.message.kind();
        check(&self.message_id, "").map_err(|e| e.under("message_id"))?;
        check_request_id(kind, self.request_id.as_ref()).map_err(|e| e.under("request_id"))?;
        to.put("from_agent", &self.from)?;
        to.put("message_id", &self.message_id)?;
        to.nested("payload", |to| self.message.write(to))?;
        to.put("request_id", &self.request_id)?;
        to.put("timestamp", &self.sent_at)?;
        to.put("to_agent", &self.to)?;
        to.put("type", &kind)
    }
}
