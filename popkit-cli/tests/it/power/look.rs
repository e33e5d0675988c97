//! `popkit power status` and `metrics`.

use popkit_testkit::wait_until;
use serde_json::json;

use super::scene::UNTIL_GO;
use super::{LONG, Scene};

#[test]
fn nothing_is_made_by_looking() {
    let scene = Scene::new();
    let out = scene.power(&["status"]);
    assert!(out.code == 0 && out.out.contains("no session here"), "{out:?}");
    let out = scene.power(&["status", "--json"]);
    assert_eq!((out.code, out.lines()), (0, vec![json!({ "v": 1, "session": null })]));
    let out = scene.power(&["metrics", "--json"]);
    assert_eq!((out.code, out.lines()), (0, vec![json!({ "v": 1, "session": null })]));
    assert!(!scene.room.path().join(".popkit").exists());
}

#[test]
fn p8_status_and_metrics_read_what_a_live_coordinator_writes() {
    let scene = Scene::new();
    let args = ["Tidy the parser", "--phases", "one,two", "--agents", "2"];
    let mut child = scene.start(&args, &format!("echo 'INSIGHT[x]: y'; {UNTIL_GO}"));
    for agent in ["agent-1", "agent-2"] {
        scene.wait_file(&format!("at-one-{agent}"));
    }
    wait_until(LONG, "a status of phase one", || scene.status()["phase"] == "one");
    let status = scene.status();
    assert_eq!(status["objective"], "Tidy the parser");
    assert_eq!((&status["status"], &status["is_over"]), (&json!("running"), &json!(false)));
    assert_eq!(status["phases"], json!(["one", "two"]));
    assert_eq!(status["agents"], json!({ "agent-1": "live", "agent-2": "live" }));
    assert_eq!(status["waiting_for"], json!(["agent-1", "agent-2"]));
    assert!(status["leader"]["name"].as_str().unwrap().ends_with(&child.id().to_string()));
    let text = scene.power(&["status"]);
    for word in ["running, phase one (1 of 2)", "waits for  agent-1, agent-2", "agent-2  live"] {
        assert!(text.out.contains(word), "{word} is missing in {text:?}");
    }
    let metrics = scene.power(&["metrics", "--json"]).lines().remove(0);
    assert_eq!((&metrics["session"], &metrics["agents"]), (&status["id"], &json!(2)));
    assert!(metrics["metrics"]["messages"].as_u64().unwrap() > 0, "{metrics}");
    scene.room.write("go", "");
    assert_eq!(child.wait(LONG).code(), Some(0), "{}", child.stderr());
    let metrics = scene.power(&["metrics", "--json"]).lines().remove(0);
    assert_eq!((&metrics["is_over"], &metrics["phases_completed"]), (&json!(true), &json!(2)));
    let text = scene.power(&["metrics"]);
    assert!(text.out.contains("phases_completed   2"), "{text:?}");
}
