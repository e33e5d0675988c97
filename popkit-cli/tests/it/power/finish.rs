//! Sessions that are completed.

use popkit_testkit::{Aof, RedisOptions, RedisServer};

use super::scene::heard;
use super::{LONG, Scene};

const ARGS: [&str; 6] = ["Tidy it", "--phases", "one,two", "--agents", "2", "-v"];
const SCRIPT: &str =
    "echo \"INSIGHT[parser]: from $POPKIT_AGENT\"; touch $POPKIT_PHASE-$POPKIT_AGENT";

/// Runs a session of two phases and two agents to its end.
fn completes(scene: &Scene, mode: &str) {
    let criteria = ["--criteria", "$ test -e two-agent-2", "--criteria", "$ test -e one-agent-1"];
    let child = scene.run(&[&ARGS[..], &criteria].concat(), SCRIPT, 0);
    let (out, err) = (child.stdout(), child.stderr());
    for word in [&format!("mode {mode}"), "agents: 2, as asked for", "agent-1 joined"] {
        assert!(err.contains(word), "{word} is missing in {err}");
    }
    let at = |text: &str| err.find(text).unwrap_or_else(|| panic!("{text} is missing in {err}"));
    assert!(at("phase one began (1 of 2)") < at("phase one is done"));
    assert!(at("barrier phase-1 is released") < at("phase two began (2 of 2)"));
    assert!(out.contains(": completed") && out.contains("phases     one, two"), "{out}");
    assert!(out.contains("results    4, insights 2"), "{out}");
    let status = scene.status();
    assert_eq!((&status["is_over"], &status["end"]), (&true.into(), &"completed".into()));
    assert_eq!(status["completed"]["phases_completed"], serde_json::json!(["one", "two"]));
    let out = scene.popkit(&["agent", "list"]);
    assert!(out.out.is_empty() && out.err.contains("no agents"), "nobody takes part: {out:?}");
}

#[test]
fn a_session_is_completed_without_any_server() {
    let scene = Scene::new();
    completes(&scene, "native");
    assert!(scene.room.path().join(".popkit/power/tasks.db").is_file());
    // Nothing but the default room of sessions was made.
    let again = scene.power(&["start", "--resume"]);
    assert!(again.code == 65 && again.err.contains("no session to go on with"), "{again:?}");
}

#[test]
fn a_session_whose_commands_all_fail_is_not_completed() {
    let scene = Scene::new();
    scene.room.write("my.json", r#"{ "limits": { "max_retries_on_failure": 0 } }"#);
    let args = ["x", "--config", "my.json", "--phases", "a,b", "--agents", "2"];
    let child = scene.run(&args, "exit 3", 1);
    let (out, told) = (child.stdout(), child.stderr());
    assert!(told.contains("agent-1 failed at phase a: "), "{told}");
    assert!(out.contains("failed: phase a: its part could not be done by agent-1"), "{out}");
    let status = scene.status();
    assert_eq!((&status["is_over"], &status["status"]), (&true.into(), &"failed".into()));
}

#[test]
fn a_session_is_completed_on_redis() {
    let server = RedisServer::start(RedisOptions::default().aof(Aof::Always));
    let url = format!("redis://{}", server.addr());
    let scene = Scene::with(&["--url", &url, "--session", "team"]);
    completes(&scene, "redis");
    // Another one beside it is not there.
    let other = scene.room.popkit(&["--url", &url, "power", "status"]);
    assert!(other.out.contains("no session here (redis://"), "{other:?}");
}

#[test]
fn a_session_is_completed_in_a_file_that_it_shares() {
    let args = ["--store", "sqlite:shared.db", "--transport", "file:talk", "--session", "team"];
    let scene = Scene::with(&args);
    completes(&scene, "native");
    let other = scene.room.popkit(&[&args[..4], &["power", "status"]].concat());
    assert!(other.out.contains("no session here"), "{other:?}");
}

#[test]
fn programs_read_every_event_and_the_end() {
    let scene = Scene::new();
    let child = scene.run(&["x", "--phases", "one", "--agents", "1", "--json"], "true", 0);
    let text = child.stdout();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let (last, events) = lines.split_last().unwrap();
    assert!(events.iter().all(|line| line["v"] == 1 && line["type"] == "event"), "{text}");
    let numbers: Vec<u64> = events.iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert!(events.iter().any(|line| line["event"]["phase_began"]["phase"] == 0), "{text}");
    assert_eq!((&last["type"], &last["end"]), (&"session.ended".into(), &"completed".into()));
    assert_eq!(last["completed"]["phases_completed"][0], "one");
}

#[test]
fn a_record_makes_the_same_session_once_more() {
    let scene = Scene::new();
    let child =
        scene.run(&["x", "--agents", "2", "--phases", "a,b", "--record", "r.jsonl"], "true", 0);
    assert!(child.stdout().contains("r.jsonl"), "{}", child.stdout());
    let metrics = scene.power(&["metrics", "--json"]).lines().remove(0);
    let replayed = scene.power(&["replay", "r.jsonl", "--json"]).lines().remove(0);
    assert_eq!(replayed["session"], metrics["session"]);
    assert_eq!(replayed["status"]["end"], "completed");
    let digest = replayed["sha256"].as_str().unwrap();
    assert!(digest.len() == 64 && replayed["sha256"] == metrics["sha256"], "{replayed} {metrics}");
    let text = scene.power(&["replay", "r.jsonl"]);
    assert!(text.out.contains("completed") && text.out.contains(digest), "{text:?}");
}

#[test]
fn a_time_limit_ends_the_session() {
    let scene = Scene::new();
    let args = ["x", "--agents", "1", "--phases", "a", "--timeout", "2s"];
    let child = scene.run(&args, "sleep 600", 1);
    assert!(child.stdout().contains(": timed out"), "{}", child.stdout());
}

#[test]
fn agents_may_come_from_elsewhere() {
    let scene = Scene::new();
    let args = ["power", "start", "x", "--mode", "file", "--phases", "a", "--period", "1s"];
    let mut child = popkit_testkit::Child::spawn(&mut scene.room.command(&args));
    heard(&child, "this coordinator leads");
    assert!(child.stderr().contains("one joins with `popkit agent run NAME"), "{}", child.stderr());
    let agent = scene.popkit(&["agent", "run", "ann", "--period", "1s", "--", "true"]);
    assert_eq!(agent.code, 0, "{agent:?}");
    assert_eq!(child.wait(LONG).code(), Some(0), "{}", child.stderr());
}
