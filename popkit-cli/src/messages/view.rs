//! Messages as JSON.
//!
//! The forms are a promise, as those of tasks: fields are added, never renamed or removed,
//! while `v` is 1. They are written down in `docs/cli.md`.

use popkit_protocol::{Codec, Envelope, Json, Limits, MessageId, Party, Timestamp};
use serde::{Deserialize, Serialize};

/// A message, without the version: a part of the objects that show one.
#[derive(Debug, Serialize)]
pub(crate) struct MessageView<'a> {
    id: &'a MessageId,
    r#type: &'a str,
    from: &'a Party,
    to: &'a Party,
    sent_at: Timestamp,
    expires_at: Timestamp,
    requires_ack: bool,
    payload: Json,
}

impl<'a> MessageView<'a> {
    /// The form of a message.
    pub(crate) fn new(envelope: &'a Envelope) -> Self {
        Self {
            id: &envelope.id,
            r#type: envelope.message.name(),
            from: &envelope.from,
            to: &envelope.to,
            sent_at: envelope.sent_at,
            expires_at: envelope.expires_at(),
            requires_ack: envelope.requires_ack,
            payload: payload(envelope),
        }
    }
}

/// What a message carries.
pub(crate) fn payload(envelope: &Envelope) -> Json {
    #[derive(Deserialize)]
    struct Whole {
        payload: Json,
    }
    // It was read under narrower limits, so it can be written.
    let limits = Limits::default().with_bytes(usize::MAX).with_depth(Limits::DEEPEST);
    let bytes = Codec::new(limits).encode(envelope).unwrap_or_default();
    serde_json::from_slice::<Whole>(&bytes).map(|whole| whole.payload).unwrap_or_default()
}
