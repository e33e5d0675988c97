//! The files of a native session.

use popkit_testkit::{wait_for, wait_until};
use serde_json::Value;

use super::scene::UNTIL_GO;
use super::{LONG, Scene};

fn read(scene: &Scene, name: &str) -> Value {
    let file = scene.room.path().join(".claude/popkit").join(name);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn insights_and_state_are_mirrored_and_insights_of_the_file_are_shared() {
    let scene = Scene::new();
    let script = format!("echo 'INSIGHT[a]: by line'; {UNTIL_GO}");
    let mut child = scene.start(&["Tidy it", "--phases", "one", "--agents", "1"], &script);
    scene.wait_file("at-one-agent-1");
    let state = wait_for(LONG, "an agent in the file", || {
        let state = read(&scene, "power-state.json");
        (state["agents"]["agent-1"]["status"] == "running").then_some(state)
    });
    assert_eq!((&state["objective"], &state["current_phase"]), (&"Tidy it".into(), &0.into()));
    // Whoever likes writes the file; that nobody writes it at the same moment is not promised.
    let (path, entry) = (
        scene.room.path().join(".claude/popkit/insights.json"),
        r#"{"agent": "agent-1", "content": "by file", "tags": ["b"], "phase": "one"}"#,
    );
    std::fs::write(&path, format!("[{entry}]")).unwrap();
    wait_until(LONG, "the insight of the file in the session", || {
        scene.popkit(&["insight", "list"]).out.contains("by file")
    });
    scene.room.write("go", "");
    assert_eq!(child.wait(LONG).code(), Some(0), "{}", child.stderr());
    let state = read(&scene, "power-state.json");
    assert_eq!(state["agents"]["agent-1"]["status"], "completed");
    let found = read(&scene, "insights.json");
    let count = |content: &str| {
        let all = found.as_array().unwrap();
        all.iter().filter(|entry| entry["content"] == content).count()
    };
    assert_eq!((count("by file"), found.as_array().unwrap().len() <= 2), (1, true), "{found}");
}

#[test]
fn what_is_not_wanted_is_not_written() {
    let scene = Scene::new();
    scene.room.write("my.json", r#"{ "native": { "use_insights_file": false } }"#);
    scene.run(&["x", "--config", "my.json", "--phases", "a", "--agents", "1"], "true", 0);
    assert!(!scene.room.path().join(".claude/popkit/insights.json").exists());
}
