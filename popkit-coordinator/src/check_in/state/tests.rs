//! The state of an agent with hooks.

use std::time::Duration;

use popkit_protocol::{AgentId, Object};

use super::*;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(secs * 1000)
}

fn agent(started: u64) -> AgentIdentity {
    AgentIdentity::new(AgentId::new("agent-1").unwrap(), "claude", "s-1", at(started))
}

fn call(tool: &str, id: &str) -> Observed {
    let input = Object::default().with("file_path", "/w/src/a.rs").unwrap();
    Observed::new(tool, input).with_id(Some(id.to_owned())).with_root("/w")
}

#[test]
fn what_is_written_is_read_again_and_has_all_documented_fields() {
    let mut state = HookState::new(agent(5));
    assert!(state.note(&call("Edit", "t-1")) && state.note(&call("Bash", "t-2")));
    state.last_checkin = Some(at(9));
    let fields = state.write();
    for name in [
        "agent_id",
        "agent_name",
        "session_id",
        "tool_call_count",
        "files_touched",
        "tools_used",
        "decisions",
        "blockers",
        "progress",
        "current_task",
        "last_checkin",
        "insights_received",
        "insights_shared",
        "active_streams",
        "completed_streams",
        "total_stream_chunks",
        "total_stream_bytes",
    ] {
        let value = fields.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(serde_json::from_slice::<serde_json::Value>(value).is_ok(), "{name}");
    }
    assert_eq!(
        (&fields["tool_call_count"][..], &fields["current_task"][..]),
        (&b"2"[..], &b"null"[..])
    );
    assert_eq!(&fields["agent_id"][..], b"\"agent-1\"");
    // Another process, later.
    let again = HookState::read(agent(700), &fields);
    assert_eq!(again.agent.started_at, at(5), "it began when it began");
    assert_eq!(
        (again.files_touched, again.tools_used),
        (vec!["src/a.rs".to_owned()], vec!["Edit".to_owned(), "Bash".to_owned()])
    );
    assert_eq!((again.tool_call_count, again.last_checkin), (2, Some(at(9))));
}

#[test]
fn a_call_that_is_told_twice_counts_once() {
    let mut state = HookState::new(agent(0));
    assert!(state.note(&call("Edit", "t-1")));
    let mut again = HookState::read(agent(1), &state.write());
    assert!(!again.note(&call("Edit", "t-1")));
    assert_eq!(again.tool_call_count, 1);
    let nameless = Observed::new("Edit", Object::default());
    assert!(again.note(&nameless) && again.note(&nameless), "nobody can tell these apart");
    for n in 0..1000 {
        let input = Object::default().with("file_path", &format!("f{n}")).unwrap();
        again.note(&Observed::new("Write", input).with_id(Some(n.to_string())));
    }
    assert_eq!((again.files_touched.len(), again.recent.len()), (LISTED, RECENT));
}

#[test]
fn the_form_of_the_coordinator_is_read_too() {
    let state = AgentState::new(agent(5), at(8)).with_current_task("parse");
    let json = popkit_protocol::Codec::default().to_json(&state).unwrap();
    let fields: BTreeMap<String, Json> = json.decode().unwrap();
    let mut fields: BTreeMap<String, Bytes> =
        fields.into_iter().map(|(k, v)| (k, Bytes::from(v.as_str().to_owned()))).collect();
    fields.insert("tool_call_count".into(), "12".into());
    fields.insert("foreign".into(), "x".into());
    let read = HookState::read(agent(700), &fields);
    assert_eq!((read.agent.started_at, read.tool_call_count), (at(5), 12));
    assert_eq!(read.current_task.as_deref(), Some("parse"));
    let written = read.write();
    assert!(written.contains_key("agent") && written.contains_key("foreign"));
}

#[test]
fn fields_of_another_type_do_no_harm() {
    let fields = [
        ("tool_call_count", "many"),
        ("files_touched", "{}"),
        ("current_task", "plain text"),
        ("progress", "9"),
        ("last_checkin", "yesterday"),
        ("x_popkit", "[]"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), Bytes::from(value)));
    let state = HookState::read(agent(5), &fields.into());
    assert_eq!((state.tool_call_count, state.files_touched.len()), (0, 0));
    assert_eq!(state.current_task.as_deref(), Some("plain text"));
    assert_eq!((state.progress, state.last_checkin), (1.0, None));
}

#[test]
fn every_fifth_call_is_a_check_in_and_one_after_a_long_silence() {
    let mut state = HookState::new(agent(0));
    let long = Duration::from_secs(60);
    let due: Vec<u64> = (1..=10)
        .filter(|n| {
            state.note(&call("Bash", &n.to_string()));
            state.is_due(5, at(10), long)
        })
        .collect();
    assert_eq!(due, [5, 10]);
    state.note(&call("Bash", "11"));
    state.last_checkin = Some(at(10));
    assert!(!state.is_due(5, at(69), long) && state.is_due(5, at(70), long));
    assert!(state.is_due(0, at(10), long), "0 means at each");
}

#[test]
fn a_heartbeat_says_what_the_state_says() {
    let mut state = HookState::new(agent(5));
    state.note(&call("Edit", "t-1"));
    let beat = state.heartbeat(at(9));
    assert_eq!((beat.agent.started_at, beat.timestamp, beat.tool_call_count), (at(5), at(9), 1));
    assert_eq!(
        (beat.files_touched.as_slice(), beat.tools_used.as_slice()),
        (&["src/a.rs".to_owned()][..], &["Edit".to_owned()][..])
    );
    assert!(beat.extra.is_empty(), "the originals drop a heartbeat with other keys");
}

#[test]
fn what_it_works_on_is_what_it_changed_last() {
    let mut state = HookState::new(agent(0));
    assert!(state.tags().is_empty());
    state.note(&call("Edit", "t-1"));
    assert_eq!(state.tags(), BTreeSet::from(["src".to_owned()]));
    for n in 0..1000 {
        let input = Object::default().with("file_path", &format!("dir{n}/file{n}.rs")).unwrap();
        state.note(&Observed::new("Write", input));
    }
    assert_eq!(state.tags().len(), TAGS);
    assert!(state.tags().contains("file999") && !state.tags().contains("src"));
}
