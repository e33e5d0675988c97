//! Letters as JSON.

use popkit_coordinator::Letter;
use popkit_coordinator::inbox::{Expired, Undecodable};
use popkit_protocol::{Channel, MessageId, Party, Timestamp};
use popkit_transport::{Gap, Position};
use serde::Serialize;

use crate::messages::view::MessageView;
use crate::output::VERSION;

/// A letter, version 1: `letter` says what sort it is, and so which other keys there are.
#[derive(Debug, Serialize)]
pub(super) struct LetterView<'a> {
    v: u8,
    letter: &'static str,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Message {
        channel: &'a Channel,
        accepted_at: Timestamp,
        #[serde(flatten)]
        message: Box<MessageView<'a>>,
    },
    Gap {
        channel: &'a Channel,
        cause: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        missed: Option<u64>,
    },
    Reset {
        channel: &'a Channel,
    },
    Expired {
        id: &'a MessageId,
        r#type: &'a str,
        from: &'a Party,
        sent_at: Timestamp,
        expired_at: Timestamp,
    },
    Undecodable {
        channel: &'a Channel,
        position: &'a Position,
        accepted_at: Timestamp,
        reason: String,
        bytes: usize,
    },
    Other {},
}

/// The form of a letter.
pub(super) fn letter(letter: &Letter) -> LetterView<'_> {
    let (name, body) = match letter {
        Letter::Message(received) => {
            let message = Box::new(MessageView::new(received.envelope()));
            let (channel, accepted_at) = (received.channel(), received.accepted_at());
            ("message", Body::Message { channel, accepted_at, message })
        }
        Letter::Gap(Gap { channel, cause, missed, .. }) => {
            ("gap", Body::Gap { channel, cause: cause.as_str(), missed: *missed })
        }
        Letter::Reset { channel } => ("reset", Body::Reset { channel }),
        Letter::Expired(Expired { id, from, kind, sent_at, expired_at, .. }) => {
            let (sent_at, expired_at) = (*sent_at, *expired_at);
            ("expired", Body::Expired { id, r#type: kind, from, sent_at, expired_at })
        }
        Letter::Undecodable(Undecodable {
            channel,
            position,
            accepted_at,
            reason,
            payload,
            ..
        }) => {
            let (accepted_at, reason, bytes) = (*accepted_at, reason.to_string(), payload.len());
            ("undecodable", Body::Undecodable { channel, position, accepted_at, reason, bytes })
        }
        _ => ("other", Body::Other {}),
    };
    LetterView { v: VERSION, letter: name, body }
}
