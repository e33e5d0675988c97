//! The channel of the coordinator, on which not only messages come.

use super::error::CodecError;
use super::json::{Codec, to_json};
use super::reader::Members;
use crate::{Envelope, Json, Message, Party};

/// The command that stops the coordinator, as the originals send it: a bare object, no
/// message.
pub const STOP: &[u8] = br#"{"command": "stop"}"#;

/// What can come in on the coordinator's channel.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Incoming {
    /// A message.
    Envelope(Box<Envelope>),
    /// The command to stop.
    Stop {
        /// Who sent it; a bare command does not say.
        by: Option<Party>,
    },
}

impl Codec {
    /// Reads what came in on the coordinator's channel: a message, or the command to stop in
    /// either of its forms.
    ///
    /// | Form | Is |
    /// |---|---|
    /// | bare | the object [`STOP`], with no other key |
    /// | as a message | to the coordinator, a task or of an unknown type, payload `{"command": "stop"}` |
    ///
    /// Whether the sender may stop the session is for the caller to judge.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    pub fn decode_control(&self, bytes: &[u8]) -> Result<Incoming, CodecError> {
        let json = to_json(self.limits().check(bytes)?)?;
        if is_stop(&json) {
            return Ok(Incoming::Stop { by: None });
        }
        let envelope = self.decode(bytes)?;
        let stops = envelope.to == Party::Coordinator
            && match &envelope.message {
                Message::Task(task) => is_stop(task.body.as_json()),
                Message::Other { payload, .. } => is_stop(payload.as_json()),
                _ => false,
            };
        if stops {
            return Ok(Incoming::Stop { by: Some(envelope.from) });
        }
        Ok(Incoming::Envelope(Box::new(envelope)))
    }
}

fn is_stop(json: &Json) -> bool {
    let Ok(Members(members)) = json.decode::<Members>() else {
        return false;
    };
    let [(key, value)] = members.as_slice() else {
        return false;
    };
    key == "command" && value.decode::<String>().is_ok_and(|command| command == "stop")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(text: &str) -> Result<Incoming, CodecError> {
        Codec::default().decode_control(text.as_bytes())
    }

    fn message(kind: &str, to: &str, payload: &str) -> String {
        format!(
            r#"{{"id":"a1","type":"{kind}","from_agent":"human","to_agent":"{to}",
                "payload":{payload},"timestamp":"2026-11-20T23:06:03"}}"#
        )
    }

    #[test]
    fn p7_both_forms_of_the_stop_command_are_recognised() {
        let bare = std::str::from_utf8(STOP).unwrap();
        for text in [bare, "{ \"command\":\"stop\" }\n", "{\"command\":\"\\u0073top\"}"] {
            assert_eq!(incoming(text).unwrap(), Incoming::Stop { by: None }, "{text}");
        }
        for kind in ["TASK", "COMMAND"] {
            let text = message(kind, "coordinator", bare);
            let by = Some(Party::Human);
            assert_eq!(incoming(&text).unwrap(), Incoming::Stop { by }, "{kind}");
        }
    }

    #[test]
    fn nothing_else_stops() {
        for text in [
            message("TASK", "agent-1", "{\"command\":\"stop\"}"),
            message("TASK", "coordinator", "{\"command\":\"start\"}"),
            message("TASK", "coordinator", "{\"command\":\"stop\",\"task\":\"x\"}"),
            message("RESULT", "coordinator", "{\"command\":\"stop\"}"),
        ] {
            assert!(matches!(incoming(&text).unwrap(), Incoming::Envelope(_)), "{text}");
        }
        for text in ["{\"command\":\"stop\",\"x\":1}", "{\"command\":[\"stop\"]}", "\"stop\"", "{}"]
        {
            assert!(incoming(text).is_err(), "{text}");
        }
    }
}
