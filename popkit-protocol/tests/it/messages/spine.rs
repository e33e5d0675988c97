//! The envelope of the execution spine.

use popkit_protocol::compat::spine::{Spine, SpineEnvelope, SpineMessage, SpineType};
use popkit_protocol::{CodecErrorKind, Party, RandomIds, SequentialIds, Timestamp};
use proptest::prelude::*;

use crate::strategies::{object, task_id, text, timestamp};

/// As the originals write one.
const REQUEST: &str = concat!(
    r#"{"from_agent":"agent-1","message_id":"0b7e1f5c-4c1e-4a53-9d6e-3f1f6a3a2b11","#,
    r#""payload":{"files":["a.rs"],"plan_summary":"\u00fcber"},"#,
    r#""request_id":"req-1b7e1f5c-4c1e-4a53-9d6e-3f1f6a3a2b12","#,
    r#""timestamp":"2026-05-01T10:00:00.000001+00:00","to_agent":"coordinator","#,
    r#""type":"plan:approval_request"}"#,
);

fn message() -> impl Strategy<Value = SpineMessage> {
    let files = prop::collection::vec(text(), 0..3);
    let note = || prop::option::of(text());
    prop_oneof![
        (text(), files).prop_map(|(plan_summary, files)| SpineMessage::PlanApprovalRequest {
            plan_summary,
            files
        }),
        (any::<bool>(), note()).prop_map(|(approved, comments)| {
            SpineMessage::PlanApprovalResponse { approved, comments }
        }),
        text().prop_map(|content| SpineMessage::PermissionRequest { content }),
        (any::<bool>(), note())
            .prop_map(|(approved, reason)| SpineMessage::PermissionResponse { approved, reason }),
        note().prop_map(|reason| SpineMessage::AgentIdle { reason }),
        (task_id(), text())
            .prop_map(|(task_id, description)| SpineMessage::TaskAssigned { task_id, description }),
        note().prop_map(|reason| SpineMessage::ShutdownRequest { reason }),
        note().prop_map(|note| SpineMessage::ShutdownApproved { note }),
        text()
            .prop_map(|content| SpineMessage::Broadcast { content, metadata: Default::default() }),
    ]
}

fn sent(at: Timestamp, message: SpineMessage) -> SpineEnvelope {
    SpineEnvelope::new(&RandomIds, at, "agent-1".parse().unwrap(), Party::Coordinator, message)
}

fn encode(envelope: &SpineEnvelope) -> String {
    String::from_utf8(Spine::default().encode(envelope).unwrap()).unwrap()
}

#[test]
fn an_original_is_written_again_to_the_byte() {
    let envelope = Spine::default().decode(REQUEST.as_bytes()).unwrap();
    assert_eq!(envelope.message.kind(), SpineType::PlanApprovalRequest);
    assert_eq!(encode(&envelope), REQUEST);
}

#[test]
fn a_message_without_a_request_id_may_leave_the_key_out() {
    let idle = sent(Timestamp::EPOCH, SpineMessage::AgentIdle { reason: None });
    let text = encode(&idle);
    assert!(text.contains("\"request_id\":null"), "{text}");
    let text = text.replace("\"request_id\":null,", "");
    assert_eq!(Spine::default().decode(text.as_bytes()), Ok(idle));
}

#[test]
fn what_the_original_rejects_is_refused() {
    for (from, to, key) in [
        ("{\"from_agent\"", "{\"trace\":1,\"from_agent\"", "trace"),
        ("\"files\"", "\"x\":1,\"files\"", "payload.x"),
        ("\"files\":[\"a.rs\"],", "", "payload.files"),
        ("+00:00", "", "timestamp"),
        ("req-1b7e1f5c", "1b7e1f5c", "request_id"),
        ("\"req-1b7e1f5c-4c1e-4a53-9d6e-3f1f6a3a2b12\"", "null", "request_id"),
        ("0b7e1f5c-", "0b7e1f5c", "message_id"),
        ("plan:approval_request", "agent:idle", "payload.files"),
        ("plan:approval_request", "HEARTBEAT", "type"),
        ("\"coordinator\"", "null", "to_agent"),
    ] {
        let text = REQUEST.replacen(from, to, 1);
        assert_ne!(text, REQUEST, "{from} is not there");
        let error = Spine::default().decode(text.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.key()), (CodecErrorKind::Invalid, key), "{error}");
    }
}

#[test]
fn an_answer_answers_its_own_request_only() {
    let ask = |content: &str| {
        sent(Timestamp::EPOCH, SpineMessage::PermissionRequest { content: content.to_owned() })
    };
    let (one, other) = (ask("a"), ask("a"));
    let ids = SequentialIds::default();
    let yes = SpineMessage::PermissionResponse { approved: true, reason: None };
    let answer = one.answer(&ids, Timestamp::EPOCH, yes.clone()).unwrap();
    assert!(answer.answers(&one) && !answer.answers(&other));
    assert!(!one.answers(&one) && !answer.answers(&answer));
    assert_eq!((&answer.to, &answer.from), (&one.from, &one.to));
    assert!(
        one.answer(&ids, Timestamp::EPOCH, SpineMessage::ShutdownApproved { note: None }).is_err()
    );
    assert!(answer.answer(&ids, Timestamp::EPOCH, yes).is_err());
    let pairs = SpineType::ALL.iter().filter(|kind| kind.is_paired()).count();
    assert_eq!(pairs, 6);
}

proptest! {
    #[test]
    fn every_message_survives_its_text(at in timestamp(), message in message()) {
        let envelope = sent(at, message);
        let text = encode(&envelope);
        prop_assert!(text.is_ascii());
        prop_assert_eq!(Spine::default().decode(text.as_bytes()), Ok(envelope));
    }

    #[test]
    fn keys_are_sorted_at_every_depth(content in text(), metadata in object()) {
        let kept = metadata.keys();
        let text = encode(&sent(Timestamp::EPOCH, SpineMessage::Broadcast { content, metadata }));
        // A map of serde_json sorts its keys and writes no spaces.
        let SpineMessage::Broadcast { metadata, .. } =
            Spine::default().decode(text.as_bytes()).unwrap().message else { panic!("{text}") };
        let mut sorted = kept;
        sorted.sort();
        prop_assert_eq!(metadata.keys(), sorted);
        let again = encode(&Spine::default().decode(text.as_bytes()).unwrap());
        prop_assert_eq!(again, text);
    }
}
