//! The v1 form of the Python originals, as strict as they are.
//!
//! [`Codec`](crate::Codec) reads everything that the originals write. This form is for
//! writing what *they* read, and for checking that they can.
//!
//! ```
//! use popkit_protocol::compat::python::Python;
//! use popkit_protocol::message::{Message, SyncAck};
//! use popkit_protocol::{AgentId, Envelope, Party, SequentialIds, Timestamp};
//!
//! let agent = Party::Agent(AgentId::new("agent-1")?);
//! let ack = Message::SyncAck(SyncAck::new("phase-é"));
//! let now = Timestamp::from_millis(1_795_000_000_000);
//! let ids = SequentialIds::default();
//! let envelope = Envelope::new(&ids, now, agent, Party::Coordinator, ack);
//! assert_eq!(
//!     String::from_utf8(Python::default().encode(&envelope)?)?,
//!     r#"{"id": "000000000001", "type": "SYNC_ACK", "from_agent": "agent-1", "#.to_owned()
//!         + r#""to_agent": "coordinator", "payload": {"barrier_id": "phase-\u00e9"}, "#
//!         + r#""timestamp": "2026-11-18T11:06:40.000000", "requires_ack": false, "#
//!         + r#""ttl_seconds": 300}"#,
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it refuses
//!
//! The originals drop a message with an unknown type or key, an insight of an unknown type,
//! and heartbeats and insights with any other key than theirs. So does reading here; writing
//! refuses such a message rather than sending what nobody hears. What popkit adds stands in
//! `x_popkit`, where the originals do not look, and never in those two.

use crate::codec::{Form, Limits, Spacing, Style, Writer, Zone, finish, read, to_json, write};
use crate::session::Insight;
use crate::{CodecError, Envelope, Json, ParseError, Shape};

/// Reads and writes messages as the Python originals do.
///
/// | | Written and read |
/// |---|---|
/// | keys | exactly the eight; written in the documented order, with `", "` and `": "` |
/// | times | local, with microseconds and without a zone; read without a fraction too |
/// | characters | ASCII; written as `\uXXXX`, in pairs where one is not enough |
/// | types | the 25 |
///
/// Local time is UTC unless [`with_local_offset`](Self::with_local_offset) says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Python {
    limits: Limits,
    zone: Zone,
}

impl Python {
    /// A codec with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, zone: Zone::default() }
    }

    /// With the offset of local time, in seconds east of UTC.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it is a day or more.
    pub fn with_local_offset(mut self, seconds: i32) -> Result<Self, ParseError> {
        self.zone = Zone::new(seconds)?;
        Ok(self)
    }

    /// The form of a message.
    ///
    /// # Errors
    ///
    /// [`CodecError`] of the kind [`NotCarried`](crate::CodecErrorKind::NotCarried) where the
    /// originals would drop it; else as [`Codec::encode`](crate::Codec::encode).
    pub fn encode(&self, envelope: &Envelope) -> Result<Vec<u8>, CodecError> {
        Ok(write(envelope, self.style(), self.limits, Spacing::PYTHON)?.into_bytes())
    }

    /// Reads a message that the originals would accept.
    ///
    /// # Errors
    ///
    /// [`CodecError`] with the key and the reason where they would not.
    pub fn decode(&self, bytes: &[u8]) -> Result<Envelope, CodecError> {
        read(bytes, self.style(), self.limits)
    }

    /// The form of a document or a list entry.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn to_json<T: Shape>(&self, value: &T) -> Result<Json, CodecError> {
        to_json(&write(value, self.style(), self.limits, Spacing::PYTHON)?)
    }

    /// Reads a document or a list entry that the originals would accept.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn from_json<T: Shape>(&self, json: &Json) -> Result<T, CodecError> {
        read(json.as_str().as_bytes(), self.style(), self.limits)
    }

    /// An entry of the list `pop:insights`, as the hook of the originals writes and reads it:
    /// another order than in a message, and no readers.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn insight_entry(&self, insight: &Insight) -> Result<Json, CodecError> {
        let mut out = String::new();
        let mut to = Writer::new(&mut out, self.style());
        insight.write_entry(&mut to)?;
        to.finish();
        to_json(&finish(&out, self.limits, Spacing::PYTHON)?)
    }

    fn style(self) -> Style {
        Style { form: Form::Python, zone: self.zone }
    }
}
