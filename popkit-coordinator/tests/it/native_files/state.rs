//! `power-state.json`.

use std::fs;

use popkit_coordinator::native::files::{AgentStatus, PowerAgent, PowerState, StateFile};
use popkit_testkit::scratch;
use serde_json::json;

use super::{at, json};

fn state() -> PowerState {
    let mut agent = PowerAgent::new("agent-1");
    agent.name = "code-explorer".to_owned();
    agent.task = "look around".to_owned();
    agent.phase = "design".to_owned();
    agent.status = AgentStatus::Running;
    agent.started_at = Some(at(3));
    let mut state =
        PowerState::new("build a login", vec!["explore".to_owned(), "design".to_owned()]);
    state.current_phase = Some(1);
    state.agents.insert("agent-1".to_owned(), agent);
    state.updated_at = Some(at(5));
    state
}

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    let file = StateFile::new(folder.join("power-state.json"));
    assert_eq!(file.read().unwrap(), None);
    file.write(&state()).unwrap();
    assert_eq!(file.read().unwrap(), Some(state()));
    assert_eq!(state().phase(), Some("design"));
    let wanted = json!({
        "objective": "build a login", "current_phase": 1, "phases": ["explore", "design"],
        "agents": {"agent-1": {
            "id": "agent-1", "name": "code-explorer", "task": "look around", "phase": "design",
            "status": "running", "plan_mode_required": false,
            "started_at": "2026-01-01T00:00:03.000000+00:00", "completed_at": null,
        }},
        "updated_at": "2026-01-01T00:00:05.000000+00:00",
    });
    assert_eq!(json(file.path()), wanted);
}

#[test]
fn every_status_has_its_word() {
    let folder = scratch();
    let file = StateFile::new(folder.join("power-state.json"));
    let words = ["pending", "running", "completed", "failed", "timeout"];
    let mut all = state();
    for word in words {
        let mut agent = PowerAgent::new(word);
        agent.status = serde_json::from_value(json!(word)).unwrap();
        assert_eq!(agent.status.name(), word);
        all.agents.insert(word.to_owned(), agent);
    }
    file.write(&all).unwrap();
    assert_eq!(file.read().unwrap(), Some(all));
}

#[test]
fn a_file_of_others_is_read_as_far_as_it_can_be() {
    let folder = scratch();
    let file = StateFile::new(folder.join("power-state.json"));
    let theirs = json!({
        "objective": "x", "phases": ["explore", 7, "design"], "current_phase": "design",
        "agents": {"a": {"status": "asleep", "started_at": "2026-01-01T00:00:03.000000"}, "b": 7},
        "updated_at": "2026-01-01T00:00:05", "run_by": {"name": "me"},
    });
    fs::write(file.path(), theirs.to_string()).unwrap();
    let read = file.read().unwrap().unwrap();
    assert_eq!((read.phase(), read.updated_at), (Some("design"), Some(at(5))));
    let agent = &read.agents["a"];
    assert_eq!((agent.id.as_str(), agent.status), ("a", AgentStatus::Pending));
    assert_eq!((agent.started_at, read.agents.len()), (Some(at(3)), 1));

    file.write(&state()).unwrap();
    assert_eq!(json(file.path())["run_by"], json!({"name": "me"}), "keys of others stay");
    assert_eq!(file.read().unwrap(), Some(state()));
}

#[test]
fn an_unreadable_file_is_moved_aside() {
    let folder = scratch();
    let file = StateFile::new(folder.join("power-state.json"));
    fs::write(file.path(), "[1]").unwrap();
    let shown = file.read().unwrap_err().to_string();
    assert!(shown.contains("is unreadable: it is no object; mend it or remove it"), "{shown}");
    let aside = file.write(&state()).unwrap().moved_aside.unwrap();
    assert_eq!(fs::read_to_string(aside).unwrap(), "[1]");
    assert_eq!(file.read().unwrap(), Some(state()));
}
