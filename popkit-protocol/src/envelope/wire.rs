//! The eight keys.

use std::time::Duration;

use super::Envelope;
use super::record::whole_seconds;
use crate::codec::{CodecError, Payload, Reader, Record, Writer, read_payload, shape};
use crate::{Json, Message, MessageId};

/// The life time where the key is missing.
const TTL: u64 = 300;

impl Record for Envelope {
    const NAME: &'static str = "a message: an object with id, type, from_agent, to_agent, \
                                payload and timestamp";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        let name: String = fields.required("type")?;
        let payload: Json = fields.required("payload")?;
        let message = read_payload(&name, &payload, fields.style())?;
        let id: String = fields.required("id")?;
        let envelope = Self {
            id: read_id(&id, &message).map_err(|e| e.under("id"))?,
            from: fields.required("from_agent")?,
            to: fields.required("to_agent")?,
            sent_at: fields.required("timestamp")?,
            requires_ack: fields.lenient("requires_ack", false)?,
            ttl: Duration::from_secs(fields.lenient("ttl_seconds", TTL)?),
            message,
        };
        // Unknown keys of the envelope say nothing to anybody: they are not kept.
        fields.strict_rest()?;
        Ok(envelope)
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.text("id", &written_id(self, to.style().is_strict()))?;
        to.text("type", self.message.name())?;
        to.put("from_agent", &self.from)?;
        to.put("to_agent", &self.to)?;
        to.payload("payload", &Payload(&self.message))?;
        to.put("timestamp", &self.sent_at)?;
        to.put("requires_ack", &self.requires_ack)?;
        to.put("ttl_seconds", &whole_seconds(self.ttl))
    }
}

/// The originals name a part of a stream `{session}:{index}`, and no id of ours has a colon.
fn read_id(id: &str, message: &Message) -> Result<MessageId, CodecError> {
    match message {
        Message::StreamChunk(_) => Ok(MessageId::new(id.replace(':', "."))?),
        _ => Ok(MessageId::new(id)?),
    }
}

/// The id, with the colon where the originals expect one.
fn written_id(envelope: &Envelope, strict: bool) -> String {
    if let (true, Message::StreamChunk(chunk)) = (strict, &envelope.message) {
        let legacy = chunk.legacy_id();
        if legacy.replace(':', ".") == envelope.id.as_str() {
            return legacy;
        }
    }
    envelope.id.to_string()
}

shape!(Envelope);
