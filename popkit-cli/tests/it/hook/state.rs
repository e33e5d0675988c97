//! The agent's document, and its heartbeat.

use serde_json::{Value, json};

use super::{Host, silent};

#[test]
fn calls_are_counted_and_every_fifth_is_a_check_in() {
    let host = Host::active();
    for n in 1..=4 {
        assert_eq!(host.works(n..=n), None);
        assert_eq!(host.field("tool_call_count"), n);
    }
    assert!(host.said("heartbeat").is_empty());
    assert!(host.works(5..=5).is_some());
    let beats = host.said("heartbeat");
    assert_eq!(beats.len(), 1);
    let state = &beats[0]["payload"];
    assert_eq!(state["agent"]["id"], host.agent().as_str());
    assert_eq!(
        (&state["tool_call_count"], &state["files_touched"]),
        (&json!(5), &json!(["src/parser/mod.rs"]))
    );
    assert_eq!(host.works(6..=9), None);
    assert!(host.works(10..=10).is_some());
    for (name, value) in [
        ("agent_id", json!(host.agent())),
        ("session_id", json!("s-1")),
        ("tools_used", json!(["Edit"])),
        ("files_touched", json!(["src/parser/mod.rs"])),
        ("current_task", Value::Null),
    ] {
        assert_eq!(host.field(name), value, "{name}");
    }
}

#[test]
fn the_configuration_says_how_often_an_agent_checks_in() {
    let host = Host::active();
    let text = r#"{"version": "2.0.0", "intervals": {"checkin_every_n_tools": 2}}"#;
    host.room.write(".claude/popkit/config.json", text);
    assert_eq!(host.works(1..=1), None);
    assert!(host.works(2..=2).unwrap().starts_with("Check-in of "));
}

#[test]
fn p12_an_agent_is_the_same_from_call_to_call_whatever_it_does() {
    let host = Host::active();
    host.works(1..=4);
    host.used("t-5", "Bash", json!({"command": "ls"}), json!("error: x"));
    let first = host.said("heartbeat")[0]["payload"]["agent"].clone();
    host.works(6..=9);
    host.used("t-10", "Bash", json!({"command": "pwd"}), json!({"a": 1}));
    let beats = host.said("heartbeat");
    let last = beats.last().unwrap();
    assert_eq!(last["payload"]["tool_call_count"], 10);
    assert_eq!(last["payload"]["agent"], first, "also when it began");
    assert_eq!(host.field("tool_call_count"), 10);
}

#[test]
fn a_hook_that_is_set_up_twice_counts_once() {
    let host = Host::active();
    let call = json!({"tool_name": "Bash", "tool_input": {"command": "ls"},
        "tool_response": "found it", "tool_use_id": "t-1"});
    silent(&host.run("PostToolUse", call.clone()));
    host.room.popkit(&["send", &host.agent(), "hello"]);
    silent(&host.run("PostToolUse", call));
    assert_eq!(host.field("tool_call_count"), 1);
    assert!(host.works(2..=2).unwrap().contains("hello"), "told once, by one of them");
}

#[test]
fn calls_that_end_at_once_are_all_counted() {
    let host = Host::active();
    let children: Vec<_> = (1..=8)
        .map(|n| {
            let call = json!({"tool_name": "Bash", "tool_input": {"command": "ls"},
                "tool_response": {}, "tool_use_id": format!("t-{n}")});
            let mut command = host.room.command(&["hook", "PostToolUse", "--deadline", "60s"]);
            let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
            let text = host.input("PostToolUse", call).to_string();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
            child
        })
        .collect();
    let outs: Vec<_> = children.into_iter().map(crate::room::Out::of).collect();
    assert!(outs.iter().all(|out| out.code == 0), "{outs:?}");
    assert_eq!(host.field("tool_call_count"), 8, "{outs:?}");
    assert_eq!(outs.iter().filter(|out| out.out.contains("Check-in")).count(), 1, "{outs:?}");
}
