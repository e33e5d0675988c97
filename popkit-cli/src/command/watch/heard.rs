//! What an event is: a message, news of a task, or neither.

use popkit_protocol::{Channel, Codec, Envelope, Incoming, Json, Namespace as Session, Topic};
use popkit_transport::Delivery;

/// What was published.
#[derive(Debug)]
pub(super) enum Heard {
    Message(Box<Envelope>),
    /// News of a task, as the mirror publishes it.
    Task(Json),
    /// The bare command that stops a coordinator.
    Stop,
    /// None of these, and why.
    Undecodable(String),
}

/// Reads what was published, by what its channel is for.
pub(super) fn heard(session: &Session, delivery: &Delivery) -> Heard {
    let codec = Codec::default();
    let bytes = &delivery.payload;
    let read = match session.topic(&delivery.channel) {
        Some(topic) if topic.is_task_event() => return task(bytes),
        Some(Topic::Coordinator) => codec.decode_control(bytes),
        _ => codec.decode(bytes).map(|envelope| Incoming::Envelope(Box::new(envelope))),
    };
    match read {
        Ok(Incoming::Envelope(envelope)) => Heard::Message(envelope),
        // Only the bare command: one in a message shows its sender.
        Ok(Incoming::Stop { by: None }) => Heard::Stop,
        Ok(_) => match codec.decode(bytes) {
            Ok(envelope) => Heard::Message(Box::new(envelope)),
            Err(error) => Heard::Undecodable(error.to_string()),
        },
        Err(error) => Heard::Undecodable(error.to_string()),
    }
}

fn task(bytes: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(bytes);
    match Json::from_text(&text) {
        Ok(json) if json.as_str().starts_with('{') => Heard::Task(json),
        Ok(_) => Heard::Undecodable("expected an object with task_id".to_owned()),
        Err(error) => Heard::Undecodable(error.to_string()),
    }
}

/// A channel by the name of its topic, where it has one in this session.
pub(super) fn name(session: &Session, channel: &Channel) -> String {
    session.topic(channel).map_or_else(|| channel.to_string(), |topic| topic.name())
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Timestamp;
    use popkit_transport::Position;

    use super::*;

    fn what(channel: &str, payload: &'static str) -> String {
        let (channel, position) = (Channel::new(channel).unwrap(), Position::new("1").unwrap());
        let delivery = Delivery::new(channel, position, payload.into(), Timestamp::EPOCH);
        match heard(&Session::unnamed(), &delivery) {
            Heard::Message(envelope) => envelope.message.name().to_owned(),
            Heard::Task(json) => format!("task {json}"),
            Heard::Stop => "stop".to_owned(),
            Heard::Undecodable(_) => "undecodable".to_owned(),
        }
    }

    const QUERY: &str = r#"{"id":"a1","type":"QUERY","from_agent":"ann","to_agent":"coordinator",
        "payload":{"text":"x"},"timestamp":"2026-11-20T23:06:03"}"#;
    const STOP: &str = r#"{"id":"a1","type":"TASK","from_agent":"human","to_agent":"coordinator",
        "payload":{"command":"stop"},"timestamp":"2026-11-20T23:06:03"}"#;

    #[test]
    fn each_channel_is_read_by_what_it_is_for() {
        for (channel, payload, is) in [
            ("pop:results", QUERY, "QUERY"),
            ("pop:coordinator", QUERY, "QUERY"),
            ("pop:coordinator", STOP, "TASK"),
            ("pop:coordinator", r#"{"command": "stop"}"#, "stop"),
            ("pop:results", r#"{"command": "stop"}"#, "undecodable"),
            ("tasks:new", r#"{"task_id":"a"}"#, r#"task {"task_id":"a"}"#),
            ("tasks:new", "[]", "undecodable"),
            ("tasks:new", "no", "undecodable"),
            ("pop:{team}:results", QUERY, "QUERY"),
        ] {
            assert_eq!(what(channel, payload), is, "{channel} {payload}");
        }
    }
}
