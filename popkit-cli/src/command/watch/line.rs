//! Events for people: one line each.

use popkit_protocol::{Envelope, Json, Namespace as Session, Object};
use popkit_transport::{Delivery, Event};

use super::heard::{Heard, heard, name};
use crate::messages::text::{brief, gap};
use crate::output::{clean, short, time};

/// Characters of a payload.
const PAYLOAD: usize = 200;
/// How wide the column of channels is.
const CHANNEL: usize = 14;

/// An event.
pub(super) fn line(session: &Session, event: &Event, raw: bool) -> String {
    let channel = name(session, event.channel());
    match event {
        Event::Message(delivery) => {
            let at = time(delivery.at);
            let said = if raw { as_it_is(delivery) } else { message(session, delivery) };
            format!("{at}  {channel:CHANNEL$}  {said}")
        }
        Event::Gap(missing) => format!("{:20}  {channel:CHANNEL$}  -- {}", "", gap(missing)),
        Event::Reset { .. } => {
            format!("{:20}  {channel:CHANNEL$}  -- the channel was begun anew", "")
        }
        _ => format!("{:20}  {channel:CHANNEL$}  -- unknown to this version", ""),
    }
}

fn as_it_is(delivery: &Delivery) -> String {
    clean(&String::from_utf8_lossy(&delivery.payload)).replace('\n', "\\n")
}

fn message(session: &Session, delivery: &Delivery) -> String {
    match heard(session, delivery) {
        Heard::Message(envelope) => envelope_line(&envelope),
        Heard::Task(json) => task_line(&json),
        Heard::Stop => "stop".to_owned(),
        Heard::Undecodable(reason) => {
            let text = String::from_utf8_lossy(&delivery.payload);
            format!("undecodable ({}): {}", short(&reason, 120), short(&text, 80))
        }
    }
}

fn envelope_line(envelope: &Envelope) -> String {
    let Envelope { from, to, message, .. } = envelope;
    let said = brief(envelope, PAYLOAD);
    format!("{from} → {to}  {}  {said}", message.name())
}

/// `t-1 claimed agent=ann`: what the documented keys say, in short.
fn task_line(json: &Json) -> String {
    let object = Object::new(json).unwrap_or_default();
    let text = |key: &str| object.get::<String>(key);
    let event = object.get::<Object>("x_popkit").and_then(|own| own.get::<String>("event"));
    let mut line = text("task_id").unwrap_or_else(|| "?".to_owned());
    line.extend(event.or_else(|| text("status")).map(|event| format!(" {event}")));
    for key in ["title", "type", "priority", "agent", "status", "error", "result"] {
        let value = object.get::<Json>(key).filter(|value| !value.is_null());
        let value = value.map(|value| text(key).unwrap_or_else(|| value.to_string()));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            line.push_str(&format!(" {key}={value}"));
        }
    }
    short(&line, PAYLOAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_a_task_are_one_line() {
        let line = |text: &str| task_line(&Json::from_text(text).unwrap());
        let claimed =
            r#"{"task_id":"t-1","agent":"ann","timestamp":"x","x_popkit":{"event":"claimed"}}"#;
        assert_eq!(line(claimed), "t-1 claimed agent=ann");
        assert_eq!(
            line(r#"{"task_id":"t-1","status":"done","result":{"a":1},"error":null}"#),
            r#"t-1 done status=done result={"a":1}"#
        );
        assert_eq!(line(r#"{"task_id":"t\u001b[2J"}"#), "t\\u{1b}[2J");
        assert_eq!(line("{}"), "?");
    }
}
