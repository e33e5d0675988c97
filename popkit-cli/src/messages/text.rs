//! Messages for people: on one line, safe on a terminal.

use popkit_protocol::{Envelope, Json, Message, Object};
use popkit_transport::Gap;

use super::view::payload;
use crate::output::short;

/// What a payload says: the text alone, where it is all that there is, else its JSON.
pub(crate) fn said(payload: &Json) -> String {
    let object = Object::new(payload).unwrap_or_default();
    match (object.keys().as_slice(), object.get::<String>("text")) {
        ([key], Some(text)) if key == "text" => text,
        _ => payload.to_string(),
    }
}

/// What a message says, on one line of at most so many characters: the words of the types
/// that have some, else the payload.
pub(crate) fn brief(envelope: &Envelope, limit: usize) -> String {
    let text = match &envelope.message {
        Message::Insight(insight) => format!("{}: {}", insight.kind, insight.content),
        Message::HumanRequired(ask) => {
            format!("{} ({})", ask.decision_needed, ask.options.join(", "))
        }
        Message::Heartbeat(state) => match &state.current_task {
            Some(task) => format!("{task} {:.0}%", state.progress * 100.0),
            None => "idle".to_owned(),
        },
        _ => said(&payload(envelope)),
    };
    short(&text, limit)
}

/// Missing messages, as a sentence.
pub(crate) fn gap(gap: &Gap) -> String {
    let cause = gap.cause.as_str();
    match gap.missed {
        Some(1) => format!("1 message is missing ({cause})"),
        Some(count) => format!("{count} messages are missing ({cause})"),
        None => format!("messages are missing ({cause})"),
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Codec;

    use super::*;

    #[test]
    fn a_text_alone_is_shown_as_it_is() {
        let json = |text: &str| Json::from_text(text).unwrap();
        assert_eq!(said(&json(r#"{"text":"hello\nyou"}"#)), "hello\nyou");
        assert_eq!(said(&json(r#"{"text":"a","x":1}"#)), r#"{"text":"a","x":1}"#);
    }

    #[test]
    fn a_message_is_one_line_whatever_it_says() {
        let line = |kind: &str, payload: &str| {
            let text = format!(
                r#"{{"id":"a1","type":"{kind}","from_agent":"ann","to_agent":"*",
                    "payload":{payload},"timestamp":"2026-11-20T23:06:03"}}"#
            );
            brief(&Codec::default().decode(text.as_bytes()).unwrap(), 40)
        };
        assert_eq!(line("QUERY", r#"{"text":"hello\nyou"}"#), "hello you");
        assert_eq!(line("QUERY", r#"{"text":"\u001b[2J"}"#), "\\u{1b}[2J");
        assert_eq!(
            line("HUMAN_REQUIRED", r#"{"decision_needed":"push?"}"#),
            "push? (approve, deny)"
        );
        assert_eq!(line("RESULT", r#"{"success":true}"#), r#"{"success":true}"#);
    }
}
