//! Only a person decides, at a terminal that is no agent's.

use popkit_testkit::Child;

use crate::agent::{Stage, finish};

#[test]
fn without_a_terminal_nothing_is_decided() {
    let stage = Stage::of(&["work"]);
    let mut asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    for word in ["approve", "deny"] {
        stage.room.popkit(&[word, &id]).refused(77, &["a person at a terminal"]);
    }
    assert_eq!(stage.questions(1).len(), 1);
    assert_eq!(stage.document(&format!("decision:{id}")), None);
    asks.terminate();
    finish(asks);
}

#[test]
fn in_a_process_of_an_agent_nothing_is_decided_on_any_terminal() {
    let stage = Stage::of(&["work"]);
    let mut asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    for name in ["POPKIT_AGENT", "POPKIT_TASK_ID", "CLAUDECODE"] {
        let mut command = stage.room.command(&["approve", &id]);
        let out = finish(Child::on_terminal(command.env(name, "1")));
        assert_eq!((out.code, out.out.as_str()), (77, ""), "{out:?}");
        assert!(out.err.contains("not for agents") && out.err.contains(name), "{out:?}");
    }
    assert_eq!(stage.document(&format!("decision:{id}")), None);
    asks.terminate();
    finish(asks);
}

#[test]
fn a_decision_counts_where_the_coordinator_cannot_be_told() {
    let stage = Stage::of(&["work"]);
    let mut asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    let out = stage.type_in(&["--transport", "file:/dev/null/x", "approve", &id]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(stage.document(&format!("decision:{id}")).unwrap().contains("true"));
    assert!(out.err.contains("no coordinator has acted upon it yet"), "{out:?}");
    asks.terminate();
    finish(asks);
}
