//! From the arguments to a message.

use std::time::Duration;

use popkit_protocol::message::{BoundaryAlert, HumanRequired, ProgressMessage, ResultMessage};
use popkit_protocol::message::{Object, TaskMessage};
use popkit_protocol::{
    Clock as _, Codec, Envelope, IdSource as _, Insight, InsightKind, Json, Message, MessageId,
    MessageType, Party, RandomIds, SystemClock, Timestamp,
};
use serde::Serialize;

use super::SendArgs;
use crate::context;
use crate::error::CliError;
use crate::input;

/// Who sends what nobody signed.
const SENDER: &str = "cli";
/// How long a message counts: the documented 5 minutes are less than a pause for lunch.
const TTL: Duration = Duration::from_secs(24 * 3600);

/// What is said, as it was given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Payload(Json),
}

/// The text or the payload: one of them.
pub(super) fn said(text: Option<&str>, payload: Option<&str>) -> Result<Said, CliError> {
    match (text, payload) {
        (Some(_), Some(_)) => {
            let message = "TEXT or --payload, not both: the payload is the whole message";
            Err(CliError::usage(message))
        }
        (None, None) => {
            let message = "what to say? give a TEXT, - for standard input, or --payload JSON";
            Err(CliError::usage(message))
        }
        (None, Some(given)) => Ok(Said::Payload(input::json("--payload", given)?)),
        (Some(text), None) => {
            let text = if text == "-" { input::text("-")? } else { text.to_owned() };
            // The line break that every program puts behind what it writes.
            let text = text.strip_suffix('\n').map(ToOwned::to_owned).unwrap_or(text);
            if text.is_empty() {
                Err(CliError::usage("the text is empty"))
            } else {
                Ok(Said::Text(text))
            }
        }
    }
}

/// The receiver.
pub(super) fn party(to: &str) -> Result<Party, CliError> {
    match to {
        "all" => Ok(Party::Everyone),
        // An agent of that name would be a trap.
        to if to.eq_ignore_ascii_case("all") => {
            Err(CliError::usage(format!("there is no agent {to}; did you mean all (everyone)?")))
        }
        to => to
            .parse()
            .map_err(|error| CliError::usage(format!("{error}; or all, coordinator, human"))),
    }
}

/// The message that the arguments describe.
pub(super) fn compose(args: &SendArgs, to: &str, said: Said) -> Result<Envelope, CliError> {
    let to = party(to)?;
    let from = match &args.from {
        Some(agent) => Some(agent.clone()),
        None => context::agent_of_run()?,
    };
    let from = Party::Agent(from.map_or_else(|| SENDER.try_into(), Ok)?);
    let now = SystemClock.now();
    let message = match said {
        Said::Text(text) => of_text(args.r#type, &from, now, text)?,
        Said::Payload(json) => of_payload(args.r#type, &json)?,
    };
    let envelope = Envelope::new(&RandomIds, now, from, to, message);
    let usual = if args.r#type == MessageType::Heartbeat { envelope.ttl } else { TTL };
    let envelope = envelope.with_ttl(args.ttl.unwrap_or(usual));
    let wants_ack = envelope.requires_ack || args.ack;
    Ok(envelope.with_requires_ack(wants_ack))
}

/// A message of this type that says no more than a text.
fn of_text(
    kind: MessageType,
    from: &Party,
    now: Timestamp,
    text: String,
) -> Result<Message, CliError> {
    let object = |text: &str| Object::default().with("text", text);
    Ok(match kind {
        MessageType::Query => Message::Query(object(&text)?),
        MessageType::Response => Message::Response(object(&text)?),
        MessageType::Task => Message::Task(TaskMessage::new(object(&text)?)),
        MessageType::Progress => Message::Progress(ProgressMessage::new(object(&text)?)),
        MessageType::Result => Message::Result(ResultMessage::new(object(&text)?)),
        MessageType::BoundaryAlert => Message::BoundaryAlert(BoundaryAlert::new(object(&text)?)),
        MessageType::HumanRequired => Message::HumanRequired(HumanRequired::new(text)),
        MessageType::Insight => {
            let kind = InsightKind::Discovery;
            Message::Insight(Insight::new(&RandomIds, now, from.clone(), kind, text))
        }
        other => {
            return Err(CliError::usage(format!(
                "a message of type {other} is more than a text; give its keys with --payload JSON"
            )));
        }
    })
}

/// A message of this type with this payload, checked as every reader will.
fn of_payload(kind: MessageType, payload: &Json) -> Result<Message, CliError> {
    #[derive(Serialize)]
    struct Draft<'a> {
        id: MessageId,
        r#type: &'a str,
        from_agent: Party,
        to_agent: Party,
        payload: &'a Json,
        timestamp: Timestamp,
    }
    let draft = Draft {
        id: RandomIds.message_id(),
        r#type: kind.name(),
        from_agent: Party::Coordinator,
        to_agent: Party::Coordinator,
        payload,
        timestamp: Timestamp::EPOCH,
    };
    let text = serde_json::to_vec(&draft)
        .map_err(|e| CliError::failed(format!("cannot write the payload: {e}")))?;
    let envelope = Codec::default().decode(&text).map_err(|e| CliError::from(e).at("--payload"))?;
    Ok(envelope.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;
    use crate::messages::view::payload;

    fn args(kind: MessageType) -> SendArgs {
        SendArgs {
            to: None,
            text: None,
            r#type: kind,
            from: Some("ann".try_into().unwrap()),
            payload: None,
            ttl: None,
            ack: false,
            channel: None,
        }
    }

    fn text(kind: MessageType) -> Result<Envelope, CliError> {
        compose(&args(kind), "bob", Said::Text("hi".to_owned()))
    }

    #[test]
    fn a_text_becomes_what_its_type_calls_a_text() {
        let said = |kind| payload(&text(kind).unwrap()).to_string();
        assert_eq!(said(MessageType::Query), r#"{"text":"hi"}"#);
        assert!(said(MessageType::HumanRequired).contains(r#""decision_needed":"hi""#));
        let insight = said(MessageType::Insight);
        assert!(insight.contains(r#""type":"discovery","content":"hi","from_agent":"ann""#));
        let error = text(MessageType::Sync).unwrap_err();
        assert!(error.code == Exit::Usage && error.message.contains("--payload"), "{error}");
    }

    #[test]
    fn a_message_counts_for_a_day_unless_said() {
        let sent = text(MessageType::Query).unwrap();
        assert_eq!((sent.ttl, sent.requires_ack), (TTL, false));
        assert!(text(MessageType::Task).unwrap().requires_ack);
        let mut args = args(MessageType::Query);
        (args.ttl, args.ack) = (Some(Duration::from_millis(1500)), true);
        let sent = compose(&args, "all", Said::Text("hi".to_owned())).unwrap();
        assert_eq!((sent.ttl.as_secs(), sent.requires_ack), (2, true));
        assert_eq!(sent.to, Party::Everyone);
    }

    #[test]
    fn a_payload_is_checked_by_its_type() {
        let json = |text: &str| Said::Payload(Json::from_text(text).unwrap());
        let mut sync = args(MessageType::SyncAck);
        let sent = compose(&sync, "coordinator", json(r#"{"barrier_id":"p-1"}"#)).unwrap();
        assert_eq!(payload(&sent).to_string(), r#"{"barrier_id":"p-1"}"#);
        let error = compose(&sync, "coordinator", json("{}")).unwrap_err();
        assert_eq!(error.code, Exit::Data);
        assert!(error.message.starts_with("--payload: invalid data at payload.barrier_id"));
        sync.r#type = MessageType::Query;
        assert!(compose(&sync, "bob", json("[1]")).is_err());
    }

    #[test]
    fn nobody_is_addressed_by_a_name_that_is_none() {
        for bad in ["broadcast", "Human", "../x", "", "a b", "con"] {
            assert_eq!(party(bad).unwrap_err().code, Exit::Usage, "{bad}");
        }
        assert_eq!(party("*").unwrap(), Party::Everyone);
        let error = party("ALL").unwrap_err();
        assert!(error.code == Exit::Usage && error.message.contains("mean all (everyone)?"));
    }

    #[test]
    fn one_of_text_and_payload() {
        assert_eq!(said(Some("a\n"), None).unwrap(), Said::Text("a".to_owned()));
        for (text, payload) in [(None, None), (Some("a"), Some("{}")), (Some(""), None)] {
            assert_eq!(said(text, payload).unwrap_err().code, Exit::Usage);
        }
    }
}
