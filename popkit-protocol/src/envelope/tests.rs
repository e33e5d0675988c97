use super::*;
use crate::message::{
    BarrierStatus, CourseCorrect, HumanRequired, Object, ResultMessage, SyncMessage, SyncOutcome,
    SyncRequest, TaskMessage,
};
use crate::{AgentId, RandomIds, Topic};

fn agent() -> Party {
    Party::Agent(AgentId::new("agent-1").unwrap())
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(secs * 1000)
}

fn sent(to: Party, message: Message) -> Envelope {
    Envelope::new(&RandomIds, at(1000), Party::Coordinator, to, message)
}

fn pause() -> Message {
    Message::CourseCorrect(CourseCorrect::pause("scope", "d-1"))
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let request = SyncMessage::Request(SyncRequest::new("phase-0", [], "wait"));
    let outcome = SyncMessage::Outcome(SyncOutcome::new("phase-0", BarrierStatus::Expired));
    for (message, ack, ttl) in [
        (Message::Task(TaskMessage::default()), true, 300),
        (Message::Result(ResultMessage::default()), true, 300),
        (Message::Sync(request), true, 300),
        (Message::Sync(outcome), false, 300),
        (Message::HumanRequired(HumanRequired::new("x")), true, 3600),
        (pause(), false, 300),
        (Message::Query(Object::default()), false, 300),
    ] {
        let envelope = sent(agent(), message);
        let found = (envelope.requires_ack, envelope.ttl.as_secs());
        assert_eq!(found, (ack, ttl), "{}", envelope.message.name());
    }
}

#[test]
fn p21_equal_messages_have_different_ids() {
    let ids: std::collections::BTreeSet<_> =
        (0..100).map(|_| sent(agent(), pause()).id.to_string()).collect();
    assert_eq!(ids.len(), 100);
    for id in &ids {
        assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    }
    let first = sent(agent(), pause());
    assert_ne!(first.forward(&RandomIds, Party::Coordinator, agent()).id, first.id);
}

#[test]
fn p29_a_message_lives_as_long_as_it_says() {
    let envelope = sent(agent(), pause()).with_ttl(Duration::from_secs(10));
    for (now, expired) in [(0, false), (1000, false), (1010, false), (1011, true)] {
        assert_eq!(envelope.is_expired(at(now)), expired, "{now}");
    }
    let none = envelope.clone().with_ttl(Duration::ZERO);
    assert!(!none.is_expired(at(1000)) && none.is_expired(at(1001)));
    let ever = envelope.clone().with_ttl(Duration::MAX);
    assert!(!ever.is_expired(Timestamp::MAX));
    let short = envelope.with_ttl(Duration::from_millis(1));
    assert_eq!(short.ttl, Duration::from_secs(1));
}

#[test]
fn a_forwarded_message_does_not_live_longer() {
    let first = sent(Party::Coordinator, pause());
    let second = first.forward(&RandomIds, Party::Coordinator, agent());
    assert_eq!(second.expires_at(), first.expires_at());
    assert_eq!((second.message, second.to), (first.message, agent()));
}

#[test]
fn messages_go_where_the_documentation_says() {
    let direct = Topic::Agent(AgentId::new("agent-1").unwrap());
    let task = || Message::Task(TaskMessage::default());
    let outcome = || {
        Message::Sync(SyncMessage::Outcome(SyncOutcome::new("phase-0", BarrierStatus::Complete)))
    };
    for (message, to, topic) in [
        (task(), agent(), direct.clone()),
        (task(), Party::Everyone, Topic::Broadcast),
        (task(), Party::Coordinator, Topic::Coordinator),
        (task(), Party::Human, Topic::Human),
        (Message::Result(ResultMessage::default()), agent(), Topic::Results),
        (Message::HumanRequired(HumanRequired::new("x")), Party::Coordinator, Topic::Human),
        (outcome(), Party::Everyone, Topic::Broadcast),
        (outcome(), Party::Coordinator, Topic::Broadcast),
        (outcome(), agent(), direct.clone()),
        (pause(), agent(), direct),
    ] {
        let envelope = sent(to.clone(), message);
        assert_eq!(envelope.topic(), topic, "{} to {to}", envelope.message.name());
    }
}
