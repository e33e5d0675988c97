//! The native form of messages.

use super::error::CodecError;
use super::field::Field;
use super::limits::Limits;
use super::shape::Shape;
use super::spacing::Spacing;
use super::style::{Form, Style, Zone};
use crate::{Envelope, Json, ParseError};

/// Reads and writes messages in the native form of the v1 envelope.
///
/// | | Written | Read |
/// |---|---|---|
/// | keys | exactly eight, in the documented order | in any order; unknown ones ignored |
/// | `requires_ack`, `ttl_seconds` | always | `false` and 300 where missing |
/// | times | UTC with microseconds and `+00:00` | any offset, `Z`, or none: local time |
/// | types | all | unknown ones become [`Message::Other`](crate::Message::Other) |
/// | payload | known keys first, others after them | unknown keys are kept |
/// | JSON | no spaces, characters as they are | as written by anybody |
///
/// Local time is UTC unless [`with_local_offset`](Self::with_local_offset) says otherwise.
/// Reading refuses what is larger or deeper than the [`Limits`], trailing data, a key that is
/// there twice at any depth, a known key of another type, and a lone surrogate in a text.
/// Writing refuses the same, so that what was written can be read. Free parts of a payload
/// keep their keys, their order, their texts and their numbers as written; only spaces and
/// escapes change.
///
/// ```
/// use popkit_protocol::{Codec, Message};
///
/// let text = br#"{"id": "3f2a9c01d7be", "type": "SYNC_ACK", "from_agent": "agent-1",
///     "to_agent": "coordinator", "payload": {"barrier_id": "phase-1"},
///     "timestamp": "2026-11-20T23:06:03.062177", "requires_ack": false, "ttl_seconds": 300}"#;
/// let envelope = Codec::default().decode(text)?;
/// assert!(matches!(&envelope.message, Message::SyncAck(ack) if ack.barrier_id == "phase-1"));
/// let again = Codec::default().encode(&envelope)?;
/// assert_eq!(Codec::default().decode(&again)?, envelope);
/// # Ok::<(), popkit_protocol::CodecError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codec {
    limits: Limits,
    zone: Zone,
}

impl Codec {
    /// A codec with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, zone: Zone::default() }
    }

    /// For what was checked before it was stored.
    pub(crate) fn roomy() -> Self {
        Self::new(Limits::default().with_bytes(usize::MAX).with_depth(Limits::DEEPEST))
    }

    /// With the offset of times that have none, in seconds east of UTC.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it is a day or more.
    pub fn with_local_offset(mut self, seconds: i32) -> Result<Self, ParseError> {
        self.zone = Zone::new(seconds)?;
        Ok(self)
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The native form of a message.
    ///
    /// # Errors
    ///
    /// [`CodecError`] with the key where the message is beyond the limits, holds a number that
    /// is not finite, or an extension with the name of a documented key.
    pub fn encode(&self, envelope: &Envelope) -> Result<Vec<u8>, CodecError> {
        Ok(write(envelope, self.native(), self.limits, Spacing::COMPACT)?.into_bytes())
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`CodecError`] with the key and what is expected there.
    pub fn decode(&self, bytes: &[u8]) -> Result<Envelope, CodecError> {
        read(bytes, self.native(), self.limits)
    }

    /// The native form of a document or a list entry.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn to_json<T: Shape>(&self, value: &T) -> Result<Json, CodecError> {
        to_json(&write(value, self.native(), self.limits, Spacing::COMPACT)?)
    }

    /// Reads a document or a list entry, whoever wrote it.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn from_json<T: Shape>(&self, json: &Json) -> Result<T, CodecError> {
        read(json.as_str().as_bytes(), self.native(), self.limits)
    }

    fn native(self) -> Style {
        Style { form: Form::Native, zone: self.zone }
    }
}

/// Writes a value in the spaces of the form.
pub(crate) fn write<T: Field>(
    value: &T,
    style: Style,
    limits: Limits,
    spacing: Spacing,
) -> Result<String, CodecError> {
    let mut out = String::with_capacity(512);
    value.write(&mut out, style)?;
    finish(&out, limits, spacing)
}

/// JSON in the spaces of the form, checked as a reader will.
pub(crate) fn finish(json: &str, limits: Limits, spacing: Spacing) -> Result<String, CodecError> {
    let text = spacing.apply(json)?;
    limits.check(text.as_bytes())?;
    Ok(text)
}

/// Checks bytes and reads a value from them.
pub(crate) fn read<T: Field>(bytes: &[u8], style: Style, limits: Limits) -> Result<T, CodecError> {
    let text = limits.check(bytes)?;
    T::read(&to_json(&Spacing::COMPACT.apply(text)?)?, style)
}

/// Text that is known to be JSON.
pub(crate) fn to_json(text: &str) -> Result<Json, CodecError> {
    serde_json::from_str(text).map_err(|e| CodecError::invalid(e.to_string()))
}
