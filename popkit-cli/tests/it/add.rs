//! `popkit task add`.

use crate::room::Room;

#[test]
fn an_id_is_drawn_and_printed() {
    let room = Room::new();
    let id = room.task(&["add", "--title", "Tidy up"]);
    assert!(id.starts_with("task-"), "{id}");
    let shown = &room.json(&["show", id.trim()])[0];
    assert_eq!((shown["title"].as_str(), shown["kind"].as_str()), (Some("Tidy up"), Some("task")));
}

#[test]
fn every_option_reaches_the_task() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["add", "b"]);
    room.write("in.json", "{\"n\": 12345678901234567890123}\n");
    let args = [
        "add",
        "c",
        "--kind",
        "build",
        "--title",
        "T",
        "--description",
        "D",
        "--payload",
        "@in.json",
        "--needs",
        "a,b:run",
        "--requires",
        "rust,gpu",
        "--only",
        "bob",
        "--priority",
        "9",
        "--retries",
        "4",
        "--timeout",
        "90s",
        "--not-before",
        "2030-01-01T00:00:00Z",
        "--unique",
        "u",
        "--review",
        "--tag",
        "x",
        "--tag",
        "y",
    ];
    let answer = &room.json(&args)[0];
    assert_eq!(answer.to_string(), r#"{"created":true,"id":"c","v":1}"#);
    let text = room.popkit(&["--json", "task", "show", "c"]).out;
    assert!(text.contains(r#""payload":{"n": 12345678901234567890123}"#), "{text}");
    let shown = &room.json(&["show", "c"])[0];
    for (key, value) in [
        ("kind", r#""build""#),
        ("description", r#""D""#),
        ("needs", r#"[{"on_failure":"block","task":"a"},{"on_failure":"run","task":"b"}]"#),
        ("requires", r#"["gpu","rust"]"#),
        ("only_agent", r#""bob""#),
        ("priority", "9"),
        ("max_attempts", "5"),
        ("timeout", r#""1m30s""#),
        ("unique", r#""u""#),
        ("review", "true"),
        ("tags", r#"["x","y"]"#),
        ("state", r#""pending""#),
        ("pending", r#""blocked""#),
    ] {
        assert_eq!(shown[key].to_string(), value, "{key}");
    }
    room.task(&["add", "later", "--delay", "1h"]);
    assert_eq!(room.json(&["show", "later"])[0]["pending"], "due");
    room.task(&["add", "aside", "--backlog"]);
    assert_eq!(room.state_of("aside"), "backlog");
}

#[test]
fn adding_twice_changes_nothing() {
    let room = Room::new();
    room.task(&["add", "a", "--title", "one"]);
    let out = room.popkit(&["task", "add", "a", "--title", "two"]);
    assert_eq!((out.code, out.out.as_str()), (0, "a\n"));
    assert!(out.err.contains("there already"), "{out:?}");
    assert_eq!(room.json(&["add", "a"])[0]["created"], false);
    assert_eq!(room.json(&["show", "a"])[0]["title"], "one");
    room.task(&["add", "b", "--unique", "u"]);
    assert_eq!(room.json(&["add", "c", "--unique", "u"])[0]["id"], "b");
}

#[test]
fn lines_of_a_file_are_added_together() {
    let room = Room::new();
    let lines =
        "{\"id\": \"b\", \"needs\": [{\"task\": \"a\"}]}\n\n{\"id\": \"a\", \"kind\": \"k\"}\n{}\n";
    let out = room.feed(&["task", "add", "--from", "-"], lines);
    assert_eq!((out.code, out.out.lines().count()), (0, 3), "{out:?}");
    assert_eq!(room.json(&["show", "b"])[0]["pending"], "blocked");

    let bad = room.write("bad.jsonl", "{\"id\": \"c\"}\n{\"id\": \"d\", \"need\": []}\n");
    let out = room.popkit(&["task", "add", "--from", bad.to_str().unwrap()]);
    out.refused(65, &["bad.jsonl:2", "unknown key \"need\""]);
    room.popkit(&["task", "show", "c"]).refused(65, &["no task c"]);
}

#[test]
fn bad_tasks_are_refused_with_the_reason() {
    let room = Room::new();
    room.popkit(&["task", "add", "a", "--needs", "gone"]).refused(65, &["gone"]);
    room.popkit(&["task", "add", "a", "--payload", "{"]).refused(65, &["--payload", "JSON"]);
    room.popkit(&["task", "add", "a", "--payload", "@no"])
        .refused(65, &["--payload", "cannot read no"]);
    room.popkit(&["task", "add", "a", "--priority", "11"]).refused(64, &["--priority", "1 (last)"]);
    room.popkit(&["task", "add", "a", "--needs", "a"]).refused(65, &["need itself"]);
    let title = "x".repeat(2000);
    room.popkit(&["task", "add", "a", "--title", &title]).refused(65, &["title size", "1024"]);
    for args in [["a!", "--review"], ["a", "--needs=b:never"], ["a", "--timeout=5"]] {
        assert_eq!(room.popkit(&[&["task", "add"], &args[..]].concat()).code, 64);
    }
    assert_eq!(room.popkit(&["task", "add", "x", "--from", "-"]).code, 64);
    assert_eq!(room.popkit(&["task", "add", "--from", "-", "--kind", "build"]).code, 64);
    // Global options go with it, before and behind.
    let one = room.write("one.jsonl", "{\"id\": \"from-a-file\"}\n");
    let out = room.popkit(&["task", "add", "--from", one.to_str().unwrap(), "--json", "-v"]);
    assert_eq!((out.code, &out.lines()[0]["id"]), (0, &"from-a-file".into()), "{out:?}");
}
