//! What the originals did wrong, by its number in the list of their faults.

use popkit_protocol::compat::python::Python;
use popkit_protocol::message::{Message, StreamChunk, StreamEnd, StreamStart};
use popkit_protocol::session::{
    AgentState, Boundary, BoundaryKind, Insight, InsightKind, Objective, ViolationAction,
};
use popkit_protocol::{
    AgentId, Codec, CodecErrorKind, Envelope, Json, Object, Party, RandomIds, SequentialIds,
    Timestamp,
};
use serde_json::Value;

use super::{fixtures, strict};

fn at() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000)
}

fn agent(name: &str) -> Party {
    Party::Agent(AgentId::new(name).unwrap())
}

fn objective() -> Objective {
    let globs = Json::from_text("[\"src/**\", \"docs/**\"]").unwrap();
    let files = Boundary::new(
        BoundaryKind::FilePattern,
        "stay in the parser",
        globs,
        ViolationAction::Block,
    );
    let time = Boundary::time_limit(std::time::Duration::from_secs(1800)).unwrap();
    Objective::new(&SequentialIds::default(), at(), "Tidy the parser")
        .with_phases(["explore", "implement"])
        .with_success_criteria(["tests pass"])
        .with_boundaries([files, time])
}

/// The original raised: its boundary enum had no JSON form.
#[test]
fn p1_an_objective_with_boundaries_is_written_and_read() {
    let json = Python::default().to_json(&objective()).unwrap();
    assert_eq!(
        json.as_str(),
        concat!(
            r#"{"id": "000000000001", "description": "Tidy the parser", "#,
            r#""success_criteria": ["tests pass"], "boundaries": [{"type": "file_pattern", "#,
            r#""description": "stay in the parser", "value": ["src/**", "docs/**"], "#,
            r#""enforced": true, "violation_action": "block"}, {"type": "time_limit", "#,
            r#""description": "at most 30m", "value": 1800, "enforced": true, "#,
            r#""violation_action": "human_required"}], "phases": ["explore", "implement"], "#,
            r#""current_phase": 0, "created_at": "2026-11-18T11:06:40.000000"}"#,
        )
    );
    assert_eq!(Python::default().from_json::<Objective>(&json), Ok(normal(objective())));
}

/// The globs without the space between them.
fn normal(mut objective: Objective) -> Objective {
    objective.boundaries[0].value = Json::encode(&["src/**", "docs/**"]).unwrap();
    objective
}

/// The original compared text with an enum after loading: no boundary counted.
#[test]
fn p22_a_stored_boundary_is_what_it_was() {
    let json = Codec::default().to_json(&objective()).unwrap();
    let loaded: Objective = Codec::default().from_json(&json).unwrap();
    assert_eq!(loaded, normal(objective()));
    let files = &loaded.boundaries[0];
    assert!(files.enforced && files.kind == BoundaryKind::FilePattern);
    assert_eq!(files.texts(), Some(vec!["src/**".to_owned(), "docs/**".to_owned()]));
    assert_eq!(loaded.boundaries[1].number(), Some(1800.0));
    for wrong in ["\"FILE_PATTERN\"", "\"BoundaryType.FILE_PATTERN\"", "1"] {
        let text = json.as_str().replace("\"file_pattern\"", wrong);
        let error = serde_json::from_str::<Objective>(&text).unwrap_err().to_string();
        assert!(error.contains("boundaries[0].type"), "a boundary is never dropped: {error}");
    }
}

/// The original knew only agents that had registered.
#[test]
fn p5_a_heartbeat_tells_all_that_registration_needs() {
    let all = fixtures::all();
    let (_, text) = all.iter().find(|(_, text)| text.contains("HEARTBEAT")).unwrap();
    let Message::Heartbeat(state) = fixtures::decoded(text).message else { panic!("{text}") };
    assert_eq!(state.agent.id, AgentId::new("agent-1").unwrap());
    assert_eq!(
        (state.agent.name.as_str(), state.agent.session_id.as_str()),
        ("code-explorer", "1f3870be")
    );
    let least = r#"{"agent": {"id": "a", "started_at": "2026-11-20T23:00:00"},
        "timestamp": "2026-11-20T23:00:00"}"#;
    let least: AgentState = serde_json::from_str(least).unwrap();
    assert_eq!((least.agent.name.as_str(), least.progress), ("a", 0.0));
}

/// The original's decoder changed the payload, and its router then failed on it.
#[test]
fn p6_a_forwarded_message_arrives_unchanged() {
    for (_, text) in fixtures::all() {
        let codec = Codec::default();
        let first = fixtures::decoded(&text);
        let sent = first.forward(&RandomIds, Party::Coordinator, agent("agent-9"));
        let relayed = codec.decode(&codec.encode(&sent).unwrap()).unwrap();
        assert_eq!(relayed.message, first.message, "{text}");
        let python = String::from_utf8(Python::default().encode(&relayed).unwrap()).unwrap();
        let payload = |text: &str| {
            let (_, rest) = text.split_once("\"payload\": ").unwrap();
            rest.split_once(", \"timestamp\": \"2026").unwrap().0.to_owned()
        };
        assert_eq!(payload(&python), payload(&text));
    }
}

#[test]
fn p6_what_popkit_does_not_know_is_forwarded_too() {
    let text = r#"{"id":"a1","type":"VOTE","from_agent":"a","to_agent":"*","payload":
        {"b":1.0,"a":[12345678901234567890123,1E5],"c":{"x":null}},
        "timestamp":"2026-11-20T23:06:03","requires_ack":true,"ttl_seconds":5}"#;
    let envelope = fixtures::decoded(text);
    let native = String::from_utf8(Codec::default().encode(&envelope).unwrap()).unwrap();
    assert!(native.contains(r#"{"b":1.0,"a":[12345678901234567890123,1E5],"c":{"x":null}}"#));
    assert!(native.contains("\"type\":\"VOTE\""), "{native}");
    let text = text.replace("VOTE", "SYNC_ACK").replace("\"b\"", "\"barrier_id\":\"x\",\"b\"");
    let native = Codec::default().encode(&fixtures::decoded(&text)).unwrap();
    let native = String::from_utf8(native).unwrap();
    assert!(native.contains(r#"{"barrier_id":"x","b":1.0,"a":[12345678901234567890123,1E5]"#));
}

/// A stream of the original failed at its first message.
#[test]
fn p15_streams_are_carried_by_both_forms() {
    let start = Message::StreamStart(StreamStart::new("s-1", "Bash", at()));
    let chunk = |nth| Message::StreamChunk(StreamChunk::new("s-1", nth, "Bash", "é\x1b[0m"));
    let end = |error: Option<&str>| {
        let end = StreamEnd::new("s-1", at());
        Message::StreamEnd(error.into_iter().fold(end, StreamEnd::with_error))
    };
    for message in [start, chunk(0), chunk(1), end(None), end(Some("x"))] {
        let envelope = Envelope::new(&RandomIds, at(), agent("a"), Party::Coordinator, message);
        let python = Python::default().encode(&envelope).unwrap();
        assert_eq!(strict::accepts(std::str::from_utf8(&python).unwrap()), Ok(()));
        assert_eq!(Codec::default().decode(&python), Ok(envelope.clone()));
        let native = Codec::default().encode(&envelope).unwrap();
        assert_eq!(Codec::default().decode(&native), Ok(envelope));
    }
}

fn insight(kind: InsightKind) -> Insight {
    Insight::new(&RandomIds, at(), agent("a"), kind, "x").with_tags(["t"])
}

/// What a strict Python decoder would drop is refused, not sent into the void.
#[test]
fn nothing_is_written_that_the_original_drops() {
    let send = |message| Envelope::new(&RandomIds, at(), agent("a"), Party::Everyone, message);
    let mut extended = insight(InsightKind::Discovery);
    extended.extra = Object::default().with_extension("a", &1).unwrap();
    let unknown = insight("recommendation".parse().unwrap());
    let other = Message::Other { name: "VOTE".parse().unwrap(), payload: Object::default() };
    for (message, key) in [
        (Message::Insight(extended.clone()), "payload.x_popkit"),
        (Message::Insight(unknown.clone()), "payload.type"),
        (other, "payload"),
    ] {
        let error = Python::default().encode(&send(message.clone())).unwrap_err();
        assert_eq!((error.kind(), error.key()), (CodecErrorKind::NotCarried, key), "{error}");
        assert!(Codec::default().encode(&send(message)).is_ok());
    }
    assert!(Python::default().insight_entry(&extended).is_err());
    assert!(Python::default().insight_entry(&unknown).is_err());
}

/// The hook of the originals reads the list, in which an insight has another form.
#[test]
fn insights_have_the_two_forms_of_the_originals() {
    let insight = insight(InsightKind::DocsNeeded);
    let entry = Python::default().insight_entry(&insight).unwrap();
    let keys = Object::new(&entry).unwrap().keys();
    let expected =
        ["id", "type", "content", "relevance_tags", "confidence", "timestamp", "from_agent"];
    assert_eq!(keys, expected);
    assert_eq!(Codec::default().from_json::<Insight>(&entry), Ok(insight.clone()));
    let message: Value = Python::default().to_json(&insight).unwrap().decode().unwrap();
    assert_eq!(strict::insight(message.as_object().unwrap()), Ok(()));
    let embedded = entry.as_str().replacen('{', "{\"embedded\": true, \"summary\": \"s\", ", 1);
    let read: Insight = serde_json::from_str(&embedded).unwrap();
    assert_eq!(read.extra.keys(), ["embedded", "summary"]);
}
