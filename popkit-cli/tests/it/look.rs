//! `list`, `show`, `history`, `counts`.

use std::io::{BufRead as _, BufReader};

use crate::room::Room;

fn stocked() -> Room {
    let room = Room::new();
    room.task(&["add", "a", "--kind", "build", "--title", "First", "--tag", "t"]);
    room.task(&["add", "b", "--needs", "a", "--title", "Second\u{1b}[2J\nline"]);
    room.task(&["add", "c", "--backlog", "--priority", "9"]);
    room
}

fn ids(objects: &[serde_json::Value]) -> Vec<&str> {
    objects.iter().map(|task| task["id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_is_filtered_and_cut() {
    let room = stocked();
    room.task(&["claim", "--agent", "bob"]);
    for (args, expected) in [
        (vec![], vec!["a", "b", "c"]),
        (vec!["--state", "backlog"], vec!["c"]),
        (vec!["--state", "backlog,assigned"], vec!["a", "c"]),
        (vec!["--state", "open", "--kind", "task"], vec!["b", "c"]),
        (vec!["--state", "ended"], vec![]),
        (vec!["--kind", "build"], vec!["a"]),
        (vec!["--tag", "t"], vec!["a"]),
        (vec!["--agent", "bob"], vec!["a"]),
        (vec!["--agent", "eve"], vec![]),
        (vec!["--limit", "2"], vec!["a", "b"]),
        (vec!["--limit", "0"], vec![]),
        (vec!["--all"], vec!["a", "b", "c"]),
    ] {
        assert_eq!(ids(&room.json(&[&["list"], &args[..]].concat())), expected, "{args:?}");
    }
    let out = room.popkit(&["task", "list", "--limit", "1"]);
    assert!(out.err.contains("--all"), "{out:?}");
}

#[test]
fn a_table_has_a_line_per_task_and_no_escape_sequences() {
    let room = stocked();
    let text = room.task(&["list"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with("ID  STATE"), "{text}");
    assert!(lines[1].starts_with("a   ready"), "{text}");
    assert!(lines[2].starts_with("b   blocked") && lines[2].ends_with("Second\\u{1b}[2J line"));
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn the_json_of_a_task_is_stable() {
    let room = stocked();
    let mut task = room.json(&["list", "--kind", "build"]).remove(0);
    for key in ["created_at", "updated_at"] {
        assert!(task[key].as_str().unwrap().ends_with('Z'), "{task}");
        task[key] = "-".into();
    }
    let expected = serde_json::json!({
        "v": 1, "id": "a", "kind": "build", "title": "First", "state": "pending",
        "pending": "ready", "priority": 5, "attempt": 0, "max_attempts": 3, "revision": 1,
        "created_at": "-", "updated_at": "-", "tags": ["t"],
    });
    assert_eq!(task, expected);
    let full = room.json(&["show", "a"]).remove(0);
    assert_eq!(full["payload"], serde_json::Value::Null);
    assert_eq!((&full["abandons"], &full["errors"]), (&0.into(), &serde_json::json!([])));
    assert_eq!(full["metrics"], serde_json::json!({"attempts": 0, "errors": 0}));
}

#[test]
fn show_tells_everything_people_want_to_know() {
    let room = stocked();
    room.task(&["claim", "--agent", "bob"]);
    room.task(&["progress", "40%", "half way", "--agent", "bob"]);
    room.task(&["fail", "it broke", "--agent", "bob", "--final"]);
    let text = room.task(&["show", "a"]);
    for line in
        ["state:      failed", "progress:   40% half way", "attempt:    1 of 3", "tags:       t"]
    {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    assert!(
        text.contains("errors:\n  20") && text.contains("attempt 1: error: it broke"),
        "{text}"
    );
    assert!(room.task(&["show", "b"]).contains("needs:      a\n"));
    room.popkit(&["task", "show"]).refused(64, &["which task"]);
}

#[test]
fn counts_by_place_and_by_lane() {
    let room = stocked();
    let counts = &room.json(&["counts", "--lanes"])[0];
    for (key, count) in [("total", 3), ("open", 3), ("ready", 1), ("blocked", 1), ("backlog", 1)] {
        assert_eq!(counts[key], count, "{key}");
    }
    let lanes = counts["lanes"].as_array().unwrap();
    assert!(lanes.iter().any(|lane| lane["requirement"]["kind"] == "build" && lane["ready"] == 1));
    let text = room.task(&["counts", "--lanes"]);
    assert!(text.contains("ready      1\n") && text.contains("kind=build"), "{text}");
}

#[test]
fn history_of_one_task_and_of_all() {
    let room = stocked();
    room.task(&["claim", "--agent", "bob"]);
    room.task(&["complete", "--agent", "bob"]);
    let of_a = room.json(&["history", "a"]);
    let names: Vec<&str> = of_a.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["inserted", "claimed", "completed"]);
    assert_eq!(of_a[0]["data"]["spec"]["title"], "First");
    assert_eq!((&of_a[1]["task"], &of_a[1]["number"]), (&"a".into(), &2.into()));
    assert_eq!(of_a[1]["data"]["agent"], "bob");

    let all = room.json(&["history"]);
    assert_eq!(all.len(), 6, "{all:?}");
    let third = all[2]["cursor"].to_string();
    assert_eq!(room.json(&["history", "--after", &third])[..], all[3..]);
    assert_eq!(room.json(&["history", "--limit", "2"])[..], all[..2]);
    let text = room.task(&["history", "a"]);
    assert!(text.contains("claimed by bob, attempt 1, lease 15m"), "{text}");
    room.popkit(&["task", "history", "nobody"]).refused(65, &["no task nobody"]);
}

#[cfg(unix)]
#[test]
fn following_shows_what_happens_and_ends_by_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let room = stocked();
        let mut child = room.spawn(&["--json", "task", "history", "a", "--follow"]);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("inserted"));
        room.task(&["prioritise", "a", "8"]);
        // The signal comes within a round, which must not swallow it.
        assert!(lines.next().unwrap().unwrap().contains("reprioritised"));
        let pid = child.id().to_string();
        let killed = std::process::Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let room = stocked();
    let mut child = room.spawn(&["task", "history"]);
    drop(child.stdout.take());
    let out = crate::room::Out::of(child);
    assert_eq!((out.code, out.err.as_str()), (0, ""));
}
