//! SessionStart, and events that are none of ours.

use popkit_protocol::session::{BoundaryKind, ViolationAction};
use serde_json::json;

use super::{Host, boundary, silent, told};

#[test]
fn who_begins_is_registered_and_told_where_the_session_stands() {
    let host = Host::active_with(|objective| {
        objective.with_success_criteria(["$ cargo test"]).with_boundaries([boundary(
            BoundaryKind::FilePattern,
            r#"["src/**"]"#,
            ViolationAction::Block,
        )])
    });
    host.room.popkit(&["send", "all", "welcome"]);
    let out = host.run("SessionStart", json!({"source": "startup"}));
    let text = told(&out, "SessionStart").unwrap();
    for words in [
        &format!("This is agent {} of a power session.", host.agent()),
        "Objective of the session: tidy the parser",
        "Phase: explore (1 of 2)",
        "Criterion of success: $ cargo test",
        r#"Boundary (file_pattern): the limit; ["src/**"]"#,
        "A person must allow: delete_production_data, ",
        "welcome",
    ] {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
    assert_eq!(host.said("heartbeat")[0]["payload"]["agent"]["id"], host.agent().as_str());
    let join = &host.said("coordinator")[0]["payload"];
    assert_eq!((&join["request"], &join["period"]), (&json!("join"), &json!("5m")));
    assert_eq!(host.field("tool_call_count"), 0);
}

#[test]
fn without_a_session_nothing_is_said_and_nothing_made() {
    let host = Host::new();
    silent(&host.run("SessionStart", json!({"source": "startup"})));
    silent(&host.run("UserPromptSubmit", json!({"prompt": "x"})));
    for n in 1..=5 {
        assert_eq!(host.works(n..=n), None);
    }
    assert!(!host.room.path().join(".popkit").exists());
}

#[test]
fn other_events_are_passed_over() {
    let host = Host::active();
    for event in ["Stop", "SubagentStart", "PostToolUseFailure", "SomethingNew"] {
        silent(&host.run(event, json!({"reason": "other"})));
    }
}
