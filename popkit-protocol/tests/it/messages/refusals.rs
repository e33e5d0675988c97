//! What is no message is refused, with the key and what is expected there.

use popkit_protocol::compat::python::Python;
use popkit_protocol::message::{Message, SyncAck, TaskMessage};
use popkit_protocol::{
    Codec, CodecError, CodecErrorKind, Envelope, Limits, Object, Party, RandomIds, Timestamp,
};
use serde_json::{Value, json};

use super::fixtures;

fn valid() -> Value {
    json!({
        "id": "3f2a9c01d7be", "type": "SYNC_ACK", "from_agent": "agent-1",
        "to_agent": "coordinator", "payload": {"barrier_id": "phase-1"},
        "timestamp": "2026-11-20T23:06:03.062177", "requires_ack": false, "ttl_seconds": 300
    })
}

fn native(value: &Value) -> Result<Envelope, CodecError> {
    Codec::default().decode(value.to_string().as_bytes())
}

/// `(path of the key, what stands there, where the error is, a part of its text)`.
#[track_caller]
fn refused(base: &Value, cases: &[(&str, Value, &str, &str)]) {
    for (pointer, value, key, reason) in cases {
        let mut tree = base.clone();
        *tree.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
        let error = native(&tree).map_or_else(|e| e, |read| panic!("{pointer}: {read:?}"));
        assert_eq!((error.key(), error.kind()), (*key, CodecErrorKind::Invalid), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains('\n') && error.to_string().len() < 300, "{error}");
    }
}

fn fixture(name: &str) -> Value {
    let all = fixtures::all();
    let found = all.iter().find(|(_, text)| text.contains(&format!("\"type\": \"{name}\"")));
    found.unwrap_or_else(|| panic!("no {name}")).1.parse().unwrap()
}

#[test]
fn wrong_types_and_values_are_refused_with_their_key() {
    let long = "x".repeat(200);
    refused(
        &valid(),
        &[
            ("/id", json!(7), "id", "expected text, found a number"),
            ("/id", json!("a b"), "id", "only letters, digits"),
            ("/id", json!("a:1"), "id", "only letters, digits"),
            ("/type", json!(null), "type", "found null"),
            ("/type", json!("a b"), "type", "1 to 64 letters"),
            ("/from_agent", json!("Coordinator"), "from_agent", "reserved"),
            (
                "/from_agent",
                json!(["a"]),
                "from_agent",
                "`coordinator`, `human` or `*`, found a list",
            ),
            ("/to_agent", json!(long), "to_agent", "longer than 128"),
            ("/payload", json!([]), "payload", "expected an object, found a list"),
            ("/payload", json!("{}"), "payload", "expected an object, found text"),
            ("/payload", json!({}), "payload.barrier_id", "the key is missing"),
            ("/payload/barrier_id", json!(1), "payload.barrier_id", "expected text"),
            ("/timestamp", json!(1_795_000_000), "timestamp", "expected a time"),
            ("/timestamp", json!("yesterday"), "timestamp", "ISO 8601"),
            ("/requires_ack", json!(0), "requires_ack", "true or false"),
            ("/requires_ack", json!(null), "requires_ack", "true or false"),
            ("/ttl_seconds", json!(-1), "ttl_seconds", "0 or more"),
            ("/ttl_seconds", json!(1.5), "ttl_seconds", "0 or more"),
            ("/ttl_seconds", json!("300"), "ttl_seconds", "found text"),
        ],
    );
}

#[test]
fn broken_payloads_are_refused_with_their_key() {
    refused(
        &fixture("HEARTBEAT"),
        &[
            ("/payload/agent/id", json!("human"), "payload.agent.id", "reserved"),
            ("/payload/agent", json!("agent-1"), "payload.agent", "an object with id"),
            ("/payload/progress", json!("half"), "payload.progress", "expected a number"),
            ("/payload/tools_used", json!([1]), "payload.tools_used[0]", "expected text"),
            ("/payload/decisions/1", json!({}), "payload.decisions[1].decision", "missing"),
            ("/payload/tool_call_count", json!(-3), "payload.tool_call_count", "0 or more"),
        ],
    );
    refused(
        &fixture("SYNC"),
        &[
            ("/payload/agents_required/1", json!("*"), "payload.agents_required[1]", "a digit"),
            ("/payload", json!({"barrier_id": "b"}), "payload.agents_required", "missing"),
            (
                "/payload",
                json!({"barrier_id": "b", "status": "x"}),
                "payload.status",
                "complete, exp",
            ),
        ],
    );
    refused(
        &fixture("COURSE_CORRECT"),
        &[
            (
                "/payload/action",
                json!("explode"),
                "payload.action",
                "pause, redirect, resume, abort",
            ),
            ("/payload", json!({"action": "abort"}), "payload.decision_id", "missing"),
        ],
    );
    refused(
        &fixture("OBJECTIVE_UPDATE"),
        &[
            ("/payload", json!({"status": "halfway"}), "payload.status", "expected `complete`"),
            ("/payload/phase_index", json!(1e10), "payload.phase_index", "0 to 4294967295"),
        ],
    );
    refused(
        &fixture("INSIGHT"),
        &[
            ("/payload/type", json!(""), "payload.type", "1 to 64 bytes"),
            ("/payload/confidence", json!(null), "payload.confidence", "expected a number"),
        ],
    );
    refused(
        &fixture("STREAM_CHUNK"),
        &[
            ("/payload/chunk_index", json!(-1), "payload.chunk_index", "0 or more"),
            ("/payload/metadata", json!(1), "payload.metadata", "expected an object"),
            ("/id", json!("a/b:1"), "id", "only letters"),
        ],
    );
}

#[test]
fn keys_that_must_be_there_must_be_there() {
    for key in ["id", "type", "from_agent", "to_agent", "payload", "timestamp"] {
        let mut tree = valid();
        tree.as_object_mut().unwrap().remove(key);
        let error = native(&tree).unwrap_err();
        assert_eq!(error.key(), key, "{error}");
    }
    for text in ["[]", "1", "\"x\"", "null", "{}"] {
        assert!(Codec::default().decode(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn defaults_stand_for_what_is_missing_and_unknown_keys_are_ignored() {
    let mut tree = valid();
    let fields = tree.as_object_mut().unwrap();
    fields.remove("requires_ack");
    fields.remove("ttl_seconds");
    fields.insert("trace".to_owned(), json!({"a": [1]}));
    assert_eq!(native(&tree), native(&valid()));
}

#[test]
fn the_original_would_refuse_so_python_does() {
    for (key, value) in [
        ("timestamp", json!("2026-11-20T23:06:03.062177Z")),
        ("timestamp", json!("2026-11-20T23:06:03.062177+00:00")),
        ("type", json!("NEW_TYPE")),
        ("trace", json!(1)),
    ] {
        let mut tree = valid();
        tree[key] = value;
        assert!(native(&tree).is_ok(), "{key}");
        let error = Python::default().decode(tree.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.key(), key, "{error}");
    }
    let mut tree = valid();
    tree.as_object_mut().unwrap().remove("ttl_seconds");
    assert!(Python::default().decode(tree.to_string().as_bytes()).is_err());
}

#[test]
fn trailing_data_and_double_keys_are_refused() {
    let text = valid().to_string();
    for bad in [
        format!("{text}{text}"),
        format!("{text} x"),
        text.replacen('{', "{\"id\":\"other\",", 1),
        text.replacen("{\"barrier_id\"", "{\"barrier_id\":\"x\",\"barrier_id\"", 1),
        text.replacen("false", "false,\"x\":{\"a\":1,\"\\u0061\":2}", 1),
    ] {
        let error = Codec::default().decode(bad.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), CodecErrorKind::Malformed, "{error} in {bad}");
    }
}

fn task(body: Object) -> Envelope {
    let message = Message::Task(TaskMessage::new(body));
    let at = Timestamp::from_millis(1_795_000_000_000);
    Envelope::new(&RandomIds, at, Party::Coordinator, Party::Everyone, message)
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let large = task(Object::default().with("x", &"x".repeat(256 * 1024)).unwrap());
    let nested =
        (0..31).fold(Object::default(), |all, _| Object::default().with("x", &all).unwrap());
    for (envelope, kind) in
        [(large, CodecErrorKind::TooLarge), (task(nested.clone()), CodecErrorKind::TooDeep)]
    {
        assert_eq!(Codec::default().encode(&envelope).unwrap_err().kind(), kind);
        assert_eq!(Python::default().encode(&envelope).unwrap_err().kind(), kind);
        let roomy = Codec::new(Limits::default().with_bytes(1 << 20).with_depth(100));
        let text = roomy.encode(&envelope).unwrap();
        assert_eq!(Codec::default().decode(&text).unwrap_err().kind(), kind);
        assert_eq!(roomy.decode(&text).unwrap(), envelope);
    }
    let fits = task(nested.get("x").unwrap());
    assert!(Codec::default().decode(&Codec::default().encode(&fits).unwrap()).is_ok());

    let mut ack = SyncAck::new("phase-1");
    ack.extra = Object::default().with("barrier_id", &"phase-2").unwrap();
    let mut twice = fits;
    twice.message = Message::SyncAck(ack);
    let error = Codec::default().encode(&twice).unwrap_err();
    assert!(error.reason().contains("twice"), "{error}");
}
