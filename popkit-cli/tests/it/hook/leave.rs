//! SubagentStop and SessionEnd.

use serde_json::{Value, json};

use super::{Host, silent};

/// Who left, in order.
fn left(host: &Host) -> Vec<Value> {
    let said = host.said("coordinator").into_iter();
    said.filter(|said| said["payload"]["request"] == "leave")
        .map(|said| said["from"].clone())
        .collect()
}

#[test]
fn whoever_is_done_leaves() {
    let host = Host::active();
    silent(&host.run("SessionEnd", json!({"reason": "clear"})));
    assert_eq!(left(&host), Vec::<Value>::new(), "it was never there");
    let mut agents = Vec::new();
    for more in [json!({"source": "startup"}), json!({"source": "startup", "agent_id": "sub"})] {
        assert_eq!(host.run("SessionStart", more).code, 0);
        agents.push(host.said("heartbeat").last().unwrap()["from"].clone());
    }
    assert_ne!(agents[0], agents[1]);
    silent(&host.run("SubagentStop", json!({})));
    assert_eq!(left(&host), Vec::<Value>::new(), "nobody can tell which one");
    silent(&host.run("SubagentStop", json!({"agent_id": "sub"})));
    assert_eq!(left(&host), [agents[1].clone()]);
    silent(&host.run("SessionEnd", json!({"reason": "other"})));
    assert_eq!(left(&host), [agents[1].clone(), agents[0].clone()]);
}

#[test]
fn the_end_of_a_session_waits_for_nothing_longer_than_claude_code_does() {
    let host = Host::new();
    let help = host.room.popkit(&["hook", "--help"]).out;
    assert!(help.contains("at SessionEnd 1200ms"), "{help}");
    let mut command = host.room.command(&["hook", "SessionEnd"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    // Standard input stays open: the object never ends.
    let open = child.stdin.take().unwrap();
    let out = crate::room::Out::of(child);
    drop(open);
    super::passed(&out, &["no verdict within 1s200ms"]);
}
