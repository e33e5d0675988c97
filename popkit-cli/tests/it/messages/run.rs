//! What `popkit run` publishes, and what its tasks find.

use std::collections::BTreeMap;

use popkit_testkit::wait_until;
use serde_json::Value;

use super::{LONG, objects, said, send, start, well};
use crate::room::{Out, Room};

/// A room with this plan, whose tasks find the program as `$POPKIT`.
fn room(tasks: &str) -> Room {
    let mut room = Room::new();
    room.set("POPKIT", env!("CARGO_BIN_EXE_popkit"));
    room.set("PATH", std::env::var("PATH").unwrap());
    room.write("p.toml", &format!("objective = \"test\"\n{tasks}"));
    room
}

#[track_caller]
fn run(room: &Room, args: &[&str]) -> Out {
    let out = room.popkit(&[&["run", "p.toml", "--agents", "2"], args].concat());
    assert_eq!(out.code, 0, "{out:?}");
    out
}

/// How often each task is named in these events.
fn counts<'e>(
    events: &'e [Value],
    id: impl Fn(&'e Value) -> &'e Value,
) -> BTreeMap<&'e str, usize> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(id(event).as_str().unwrap()).or_default() += 1;
    }
    counts
}

const THREE: &str = r#"tasks = [
  { id = "a", command = "true" }, { id = "b", command = "true" },
  { id = "c", command = "true", needs = ["a", "b"] },
]"#;

#[test]
fn each_task_is_told_complete_once_and_has_a_result() {
    let room = room(THREE);
    run(&room, &[]);
    let complete = said(&room, "tasks:complete");
    let each = BTreeMap::from([("a", 1), ("b", 1), ("c", 1)]);
    assert_eq!(counts(&complete, |event| &event["task"]["task_id"]), each);
    assert_eq!(counts(&said(&room, "tasks:new"), |event| &event["task"]["task_id"]), each);
    assert_eq!(counts(&said(&room, "tasks:claimed"), |event| &event["task"]["task_id"]), each);
    let results = said(&room, "results");
    assert_eq!(counts(&results, |event| &event["message"]["payload"]["task_id"]), each);
    for result in &results {
        assert_eq!(result["message"]["payload"]["success"], true);
        assert!(result["message"]["from"].as_str().unwrap().starts_with("agent-"), "{result}");
    }
    // Again: nothing happens, and nothing is told twice.
    run(&room, &[]);
    assert_eq!(said(&room, "tasks:complete").len(), 3);
    assert_eq!(said(&room, "results").len(), 3);
}

#[test]
fn agents_beat_and_the_end_is_told() {
    let room = room(THREE);
    run(&room, &[]);
    let beats = said(&room, "heartbeat");
    let of = counts(&beats, |event| &event["latest"]);
    assert_eq!(of, BTreeMap::from([("agent-1", 1), ("agent-2", 1)]), "the last one counts");
    assert_eq!(beats[0]["message"]["payload"]["current_task"], Value::Null);
    let last = said(&room, "broadcast").pop().unwrap();
    assert_eq!(last["message"]["type"], "OBJECTIVE_UPDATE");
    assert_eq!(last["message"]["payload"]["summary"]["text"], "p: 3 of 3 done");
    let status = objects(&room, &["status"]).remove(0);
    assert_eq!((&status["plan"], &status["told"]["complete"]), (&"p".into(), &true.into()));
    assert_eq!(status["agents"].as_array().unwrap().len(), 2);
    assert_eq!(status["agents"][0]["silent"], false);
}

#[test]
fn a_task_sends_and_reads_without_further_options() {
    let room = room(
        r#"
        agents = [{ name = "ann" }]
        [[tasks]]
        id = "a"
        command = "\"$POPKIT\" send coordinator \"$POPKIT_AGENT is at it\" && \"$POPKIT\" inbox > got"
        "#,
    );
    well(&room, &["send", "ann", "good morning", "--plan", "p"]);
    // One agent: with two, either may be faster, and the letter is for ann.
    let out = room.popkit(&["run", "p.toml"]);
    assert_eq!(out.code, 0, "{out:?}");
    let sent = said(&room, "coordinator").remove(0);
    assert_eq!(sent["message"]["from"], "ann");
    assert_eq!(sent["message"]["payload"]["text"], "ann is at it");
    let got = std::fs::read_to_string(room.path().join("got")).unwrap();
    assert!(got.contains("\ngood morning\n"), "{got}");
}

#[test]
fn what_a_task_has_read_is_read_outside_too() {
    let room = room(
        r#"
        agents = [{ name = "ann" }]
        tasks = [{ id = "a", command = "\"$POPKIT\" inbox > got" }]"#,
    );
    well(&room, &["send", "ann", "good morning", "--plan", "p"]);
    let out = room.popkit(&["run", "p.toml"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(std::fs::read_to_string(room.path().join("got")).unwrap().contains("good morning"));
    send(&room, "ann", "good night");
    // Words of the session that came behind the task's look lie there too.
    let direct = objects(&room, &["inbox", "--agent", "ann", "--direct"]);
    let texts: Vec<_> =
        direct.iter().filter_map(|letter| letter["payload"]["text"].as_str()).collect();
    assert_eq!(texts, ["good night"], "{direct:?}");
}

#[test]
fn a_run_that_is_killed_is_caught_up_by_the_next() {
    let room = room(
        r#"tasks = [
          { id = "a", command = "true" },
          { id = "b", command = "test -e go || sleep 600", needs = ["a"], retries = 2 },
        ]"#,
    );
    let args = ["run", "p.toml", "--agents", "2", "--lease", "500ms"];
    let mut first = start(&room, &args);
    wait_until(LONG, "the first task", || {
        room.popkit(&["task", "show", "b", "--json"]).out.contains("\"held_by\"")
    });
    first.kill9();
    first.wait(LONG);
    room.write("go", "");
    let out = room.popkit(&args);
    assert_eq!(out.code, 0, "{out:?}");
    let each = BTreeMap::from([("a", 1), ("b", 1)]);
    for (channel, key) in [("tasks:complete", "task"), ("results", "message")] {
        let events = said(&room, channel);
        assert!(events.iter().all(|event| event["event"] == "message"), "{events:?}");
        let id = |event: &'_ Value| match key {
            "task" => event["task"]["task_id"].as_str().unwrap().to_owned(),
            _ => event["message"]["payload"]["task_id"].as_str().unwrap().to_owned(),
        };
        let mut found = BTreeMap::new();
        events.iter().for_each(|event| *found.entry(id(event)).or_insert(0) += 1);
        let found: BTreeMap<&str, usize> = found.iter().map(|(id, n)| (id.as_str(), *n)).collect();
        assert_eq!(found, each, "{channel}");
    }
}

#[test]
fn how_things_stand_while_it_runs() {
    let room = room(
        r#"
        agents = [{ name = "ann" }]
        tasks = [
          { id = "a", command = "while ! test -e go; do sleep 0.02; done" },
          { id = "b", command = "true", needs = ["a"] },
        ]"#,
    );
    let mut going = start(&room, &["run", "p.toml"]);
    wait_until(LONG, "an agent at work", || {
        let out = room.popkit(&["status", "--json"]);
        out.out.contains(r#""holds":["a"]"#) && out.out.contains(r#""heard_at""#)
    });
    let status = objects(&room, &["status"]).remove(0);
    assert_eq!(
        (&status["running"][0]["id"], &status["running"][0]["agent"]),
        (&"a".into(), &"ann".into())
    );
    assert_eq!(status["blocked"][0]["waits_for"][0]["task"], "a");
    room.write("go", "");
    assert_eq!(going.wait(LONG).code(), Some(0), "{}", going.stderr());
}

#[test]
fn a_run_goes_on_without_its_messages() {
    let room = room(THREE);
    room.write(".popkit/p/messages/foreign", "");
    let out = run(&room, &[]);
    assert_eq!(out.err.matches("this run sends no messages: ").count(), 1, "{out:?}");
    // Those that were asked for it needs.
    room.write("mail/foreign", "");
    let args = ["run", "p.toml", "--fresh", "--transport", "file:mail"];
    room.popkit(&args).ended(65, &["no folder of messages"]);
    assert_eq!(room.json(&["list", "--state", "done"]).len(), 3, "nothing was begun anew");
    room.popkit(&["run", "p.toml", "--transport", "memory:"]).ended(64, &["one process alone"]);
}

#[test]
fn a_transport_and_a_session_of_its_own_reach_its_tasks() {
    let room = room(
        r#"tasks = [{ id = "a", command = "\"$POPKIT\" send all \"$POPKIT_SESSION $POPKIT_TRANSPORT\"" }]"#,
    );
    run(&room, &["--transport", "file:mail?poll=10ms", "--session", "red"]);
    let args = ["watch", "--once", "--transport", "file:mail", "--session", "red", "broadcast"];
    let said = objects(&room, &args);
    let mut texts = said.iter().filter_map(|one| one["message"]["payload"]["text"].as_str());
    let text = texts.next().unwrap().to_owned();
    assert!(text.starts_with("red file:/") && text.ends_with("/mail?poll=10ms"), "{text}");
    assert!(!room.path().join(".popkit/p/messages").exists());
}

#[test]
fn over_a_fresh_start_agents_keep_what_they_have_read() {
    let room = room(THREE);
    run(&room, &[]);
    send(&room, "bob", "one");
    well(&room, &["inbox", "--agent", "bob"]);
    send(&room, "bob", "two");
    run(&room, &["--fresh"]);
    let args = ["inbox", "--agent", "bob"];
    let letters = objects(&room, &args);
    let texts: Vec<_> = letters.iter().filter_map(|l| l["payload"]["text"].as_str()).collect();
    assert_eq!(texts, ["two"]);
    assert_eq!(said(&room, "tasks:complete").len(), 6, "both runs are told");
}

#[test]
fn two_plans_in_one_store_tell_each_its_own_messages() {
    let room = room(r#"tasks = [{ id = "a", command = "true" }]"#);
    room.write("q.toml", "objective = 'q'\ntasks = [{ id = 'b', command = 'true' }]");
    for plan in ["p.toml", "q.toml"] {
        let out = room.popkit(&["run", plan, "--store", "sqlite:s.db"]);
        assert_eq!(out.code, 0, "{out:?}");
    }
    for (plan, ids) in [("p", vec!["a"]), ("q", vec!["a", "b"])] {
        // What a store holds when a run begins is told, whoever did it.
        let events = objects(&room, &["watch", "--once", "--plan", plan, "tasks:complete"]);
        let told: Vec<_> = events.iter().map(|e| e["task"]["task_id"].as_str().unwrap()).collect();
        assert_eq!(told, ids, "{plan}");
    }
}
