//! Messages that are unknown, malformed, doubled, or not their sender's.

use popkit_coordinator::machine::{Doc, Heard, Input, Malformed, Origin};
use popkit_protocol::message::OtherType;
use popkit_protocol::{Envelope, Message, Object, Party, ProducerId};

use super::{Session, body, id};

#[test]
fn unknown_types_are_counted_and_kept() {
    let mut session = Session::begun(&["a"], &["x"]);
    for n in 0..20 {
        let name = OtherType::new("plan:approval_request").unwrap();
        let payload = body(&[("n", &n.to_string())]);
        session.hear("x", Message::Other { name, payload });
    }
    session.hear("x", Message::Query(Object::default()));
    assert_eq!(session.machine.unhandled("plan:approval_request"), 20);
    assert_eq!(session.machine.unhandled("QUERY"), 1);
    assert_eq!(session.machine.kept().count(), 16);
    assert_eq!(session.end(), None);
}

#[test]
fn what_is_no_message_becomes_a_dead_letter_with_the_reason() {
    let mut session = Session::new(&["a"]);
    let malformed = Malformed {
        channel: "pop:results".into(),
        reason: "invalid data at payload: expected an object".into(),
        text: "\u{1b}[31m{".repeat(10_000),
    };
    session.give(Input::Malformed(malformed));
    assert_eq!(session.dead(), ["invalid data at payload: expected an object"]);
    let letter = format!("{:?}", session.last);
    assert!(letter.len() < 6000 && !letter.contains("\u{1b}"), "cut and cleaned");
}

#[test]
fn a_message_that_was_numbered_counts_once() {
    let mut session = Session::begun(&["a", "b"], &["x", "y"]);
    let result = |n: u64| body(&[("n", &n.to_string())]);
    let producer = ProducerId::from_bits(1);
    let give = |session: &mut Session, sequence: u64| {
        let message =
            Message::Result(popkit_protocol::message::ResultMessage::new(result(sequence)));
        let envelope = session.envelope("x", message);
        let origin = Some(Origin { producer, sequence });
        session.give(Input::Message(Box::new(Heard { envelope, origin })));
    };
    for sequence in [2, 1, 2, 1, 3] {
        give(&mut session, sequence);
    }
    session.give(Input::Stop { by: None });
    let kept = session.text(&Doc::Completed);
    assert_eq!(kept.as_str().matches("\"n\":").count(), 3, "{kept}");
}

#[test]
fn a_heartbeat_of_somebody_else_registers_nobody() {
    let mut session = Session::new(&["a"]);
    let state = session.state("victim");
    session.hear("x", Message::Heartbeat(state));
    assert_eq!(session.dead(), ["the heartbeat is that of victim"]);
    assert_eq!(session.machine.standing(&id("victim")), None);
}

#[test]
fn whoever_speaks_as_the_coordinator_is_not_listened_to() {
    let mut session = Session::begun(&["a", "b"], &["x"]);
    for from in [Party::Coordinator, Party::Human, Party::Everyone] {
        let message = Message::Result(Default::default());
        let envelope = Envelope::new(&session.ids, session.now, from, Party::Coordinator, message);
        session.give(Input::Message(Box::new(Heard { envelope, origin: None })));
    }
    assert_eq!((session.phase(), session.machine.unhandled("RESULT")), (0, 3));
}

#[test]
fn missing_messages_are_counted() {
    let mut session = Session::new(&["a"]);
    session.give(Input::Missed { channel: "pop:results".into(), count: Some(7) });
    session.give(Input::Missed { channel: "pop:results".into(), count: None });
    let status = session.text(&Doc::Status);
    assert!(status.as_str().contains("\"missed\":{\"pop:results\":8}"), "{status}");
}
