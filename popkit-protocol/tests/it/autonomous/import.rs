//! What the originals write is read, or refused with a reason.

use popkit_protocol::compat::autonomous::{Import, MAX_BYTES, TaskJson};
use popkit_protocol::{
    Json, Need, NewTask, ParseError, Priority, RetryPolicy, TaskId, TaskKind, TaskState,
};
use serde_json::{Value, json};

/// As the originals write one.
fn original() -> Value {
    json!({
        "id": "task-0b7e1f5c-4c1e-4a53-9d6e-3f1f6a3a2b11",
        "title": "Refactor",
        "description": "The parser.",
        "type": "code_generation",
        "priority": 8,
        "tags": ["parser"],
        "state": "active",
        "assignee": "agent 7",
        "created_at": "2026-11-21T09:30:00.000001",
        "assigned_at": "2026-11-21T09:31:00",
        "started_at": "2026-11-21T09:31:02Z",
        "completed_at": null,
        "depends_on": ["task-a", "task-b"],
        "blocks": ["task-z"],
        "retry_count": 1,
        "max_retries": 3,
        "error_log": ["[2026-11-21T09:30:30.500000] it broke", "no time"],
        "checkpoint_data": {"step": 2},
        "checkpoint_timestamp": "2026-11-21T10:31:02+01:00",
        "result": null,
        "artifacts": ["a.diff", {"path": "b"}],
        "schema_version": "2.0",
        "new_in_2.1": [1]
    })
}

fn import(value: &Value) -> Result<Import, ParseError> {
    TaskJson::parse(&value.to_string()).and_then(TaskJson::into_import)
}

fn with(key: &str, value: Value) -> Value {
    let mut form = original();
    form[key] = value;
    form
}

#[test]
fn an_original_is_read() {
    let import = import(&original()).unwrap();
    let spec = &import.spec;
    assert_eq!(spec.kind, TaskKind::new("code_generation").unwrap());
    assert_eq!((spec.title.as_str(), spec.description.as_str()), ("Refactor", "The parser."));
    assert_eq!((spec.priority, spec.retry.max_attempts), (Priority::raw(8), 4));
    assert_eq!(spec.tags, ["parser"]);
    assert_eq!(spec.needs, ["task-a", "task-b"].map(|p| Need::from(TaskId::new(p).unwrap())));
    assert!(spec.agent.is_none() && !spec.backlog && !spec.review);
    assert_eq!((import.state, import.retry_count), (TaskState::Active, 1));
    assert_eq!(import.assignee.as_deref(), Some("agent 7"));
    assert_eq!(import.blocks, [TaskId::new("task-z").unwrap()]);
    assert_eq!(import.checkpoint, Some(Json::from_text("{\"step\":2}").unwrap()));
    assert_eq!((import.artifacts.len(), import.result), (2, None));
    let texts: Vec<_> = import.errors.iter().map(|error| error.text.as_str()).collect();
    assert_eq!(texts, ["it broke", "no time"]);
    assert!(import.errors[1].at.is_none());
    let times = [
        Some(import.created_at),
        import.assigned_at,
        import.started_at,
        import.checkpoint_at,
        import.errors[0].at,
        import.completed_at,
    ];
    let written = [
        Some("2026-11-21T09:30:00.000001Z"),
        Some("2026-11-21T09:31:00.000000Z"),
        Some("2026-11-21T09:31:02.000000Z"),
        Some("2026-11-21T09:31:02.000000Z"),
        Some("2026-11-21T09:30:30.500000Z"),
        None,
    ];
    assert_eq!(times.map(|t| t.map(|t| t.to_string())), written.map(|t| t.map(str::to_owned)));
}

#[test]
fn a_form_with_nothing_in_it_has_the_defaults_of_the_originals() {
    let import = import(&json!({"id": "a", "created_at": "2026-11-21T09:30:00"})).unwrap();
    let expected = NewTask::new(TaskId::new("a").unwrap(), TaskKind::new("general").unwrap())
        .with_retry(RetryPolicy::attempts(4))
        .in_backlog();
    assert_eq!(import.spec, expected);
    assert_eq!((import.state, import.checkpoint), (TaskState::Backlog, None));
}

#[test]
fn states_map() {
    for state in TaskState::ALL {
        let import = import(&with("state", json!(state.name()))).unwrap();
        assert_eq!(import.state, state);
        assert_eq!(import.spec.backlog, state == TaskState::Backlog);
        assert_eq!(import.spec.review, state == TaskState::Review);
    }
    let approved = import(&with("state", json!("approved"))).unwrap();
    assert_eq!((approved.state, approved.spec.review), (TaskState::Review, true));
}

#[test]
fn types_map() {
    for (written, kind) in [
        ("Code Generation", "code-generation"),
        ("  test ", "test"),
        ("", "general"),
        ("???", "general"),
        ("_private", "private"),
        ("ops/deploy@2", "ops/deploy@2"),
        ("größe", "gr--e"),
    ] {
        assert_eq!(import(&with("type", json!(written))).unwrap().spec.kind.as_str(), kind);
    }
}

#[test]
fn what_cannot_be_imported_is_refused_with_the_reason() {
    for (key, value, reason) in [
        ("id", json!("task 1"), "task id"),
        ("id", json!("Coordinator"), "reserved"),
        ("depends_on", json!(["a/b"]), "depends_on"),
        ("depends_on", json!(["x", "x"]), "twice"),
        ("blocks", json!([""]), "blocks"),
        ("state", json!("running"), "expected one of backlog"),
        ("priority", json!(0), "1 (last) to 10 (first)"),
        ("priority", json!(11), "1 (last) to 10 (first)"),
        ("priority", json!("high"), "task JSON"),
        ("max_retries", json!(1000), "1 to 1000"),
        ("max_retries", json!(-1), "task JSON"),
        ("max_retries", json!(u32::MAX), "1 to 1000"),
        ("created_at", Value::Null, "task JSON"),
        ("created_at", json!("yesterday"), "ISO 8601"),
        ("started_at", json!("1969-12-31T23:59:59"), "from 1970 on"),
        ("type", json!("x".repeat(129)), "128"),
        ("title", json!("x".repeat(1025)), "1024"),
        ("result", json!("x".repeat(256 * 1024)), "262144"),
        ("checkpoint_data", json!({"x": "x".repeat(256 * 1024)}), "262144"),
        ("schema_version", json!("1.0"), "only 2.0"),
    ] {
        let error = import(&with(key, value)).unwrap_err().to_string();
        assert!(error.contains(reason), "{key}: {error}");
        assert!(!error.contains('\n') && error.len() < 1500, "{key}: {error}");
    }
}

#[test]
fn a_form_beyond_the_limit_is_not_even_parsed() {
    let error = TaskJson::parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err();
    assert!(error.reason().contains("the limit is 4194304"), "{error}");
    assert!(TaskJson::parse(&" ".repeat(MAX_BYTES)).unwrap_err().reason().contains("EOF"));
}
