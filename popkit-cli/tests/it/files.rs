//! `import`, `export`, `prune`.

use std::fs;

use crate::room::Room;

fn foreign(id: &str, state: &str, needs: &str) -> String {
    format!(
        r#"{{"id": "{id}", "title": "T {id}", "type": "Clean Up", "state": "{state}",
            "depends_on": [{needs}], "created_at": "2026-11-21T09:30:00",
            "schema_version": "2.0"}}"#
    )
}

#[test]
fn a_folder_of_task_files_is_imported() {
    let room = Room::new();
    room.write("old/1.json", &foreign("one", "done", ""));
    room.write("old/2.json", &foreign("two", "pending", r#""one""#));
    room.write("old/3.json", &foreign("three", "backlog", r#""two""#));
    room.write("old/4.json", &foreign("four", "active", ""));
    room.write("old/.hidden.json", "no");
    room.write("old/read.me", "no");
    assert!(!room.path().join(".popkit").exists());
    room.popkit(&["task", "import", "old", "--dry-run"]).refused(65, &["no task store yet"]);

    let out = room.popkit(&["task", "import", "old"]);
    assert_eq!((out.code, out.out.as_str()), (0, "two\nthree\n"), "{out:?}");
    assert!(
        out.err.contains("one is done: skipped") && out.err.contains("four is active: skipped")
    );
    let two = &room.json(&["show", "two"])[0];
    assert_eq!((&two["kind"], &two["pending"]), (&"clean-up".into(), &"ready".into()));
    assert_eq!(room.state_of("three"), "backlog");

    let lines = room.json(&["import", "old", "--all", "--dry-run"]);
    assert_eq!(lines.len(), 4);
    let lines = room.json(&["import", "old", "--all"]);
    let created = lines.iter().filter(|line| line["created"] == true).count();
    assert_eq!((lines.len(), created), (4, 2));
    let skipped = &room.json(&["import", "old/1.json"])[0];
    assert_eq!((&skipped["created"], &skipped["skipped"]), (&false.into(), &"done".into()));
}

#[test]
fn an_import_with_a_flaw_imports_nothing() {
    let room = Room::new();
    room.task(&["add", "stored"]);
    room.write("a/1.json", &foreign("ok", "pending", r#""stored""#));
    room.write("a/2.json", &foreign("bad", "pending", r#""gone", "ok""#));
    room.popkit(&["task", "import", "a"]).refused(65, &["nothing was imported", "bad needs gone"]);
    room.popkit(&["task", "show", "ok"]).refused(65, &["no task ok"]);
    room.write("a/2.json", "{}");
    room.popkit(&["task", "import", "a"]).refused(65, &["a/2.json", "missing field"]);
    fs::remove_file(room.path().join("a/2.json")).unwrap();
    assert_eq!(room.task(&["import", "a"]), "ok\n");
    room.popkit(&["task", "import", "nowhere"]).refused(65, &["cannot read nowhere"]);
}

#[test]
fn an_export_is_stable_and_can_be_imported() {
    let room = Room::new();
    room.task(&["add", "A", "--title", "First", "--kind", "k"]);
    room.task(&["add", "b", "--needs", "A"]);
    assert_eq!(room.task(&["export", "out"]), "2 tasks, 2 files written to out\n");
    let first = fs::read_to_string(room.path().join("out/a+1.json")).unwrap();
    assert!(first.starts_with("{\n  \"id\": \"A\",\n  \"title\": \"First\",\n"), "{first}");
    assert!(first.contains("\"blocks\": [\n    \"b\"\n  ]") && first.ends_with("}\n"), "{first}");
    assert_eq!(room.task(&["export", "out"]), "2 tasks, 0 files written to out\n");
    room.task(&["prioritise", "b", "9"]);
    assert_eq!(room.json(&["export", "out"])[0]["written"], 1);
    assert_eq!(fs::read_dir(room.path().join("out")).unwrap().count(), 2);

    let other = Room::new();
    let from = room.path().join("out");
    assert_eq!(other.task(&["import", from.to_str().unwrap()]), "A\nb\n");
    assert_eq!(other.json(&["show", "b"])[0]["priority"], 9);
}

#[test]
fn full_records_go_to_a_file_or_to_standard_output() {
    let room = Room::new();
    room.task(&["add", "a", "--payload", "[1]"]);
    let text = room.task(&["export", "-", "--format", "jsonl"]);
    assert!(text.starts_with(r#"{"v":1,"task":{"spec":{"id":"a","#), "{text}");
    room.task(&["export", "all.jsonl", "--format", "jsonl"]);
    assert_eq!(fs::read_to_string(room.path().join("all.jsonl")).unwrap(), text);
}

#[test]
fn prune_removes_what_ended_and_nothing_else() {
    let room = Room::new();
    for id in ["a", "b", "c"] {
        room.task(&["add", id]);
    }
    room.task(&["add", "d", "--needs", "c:ignore"]);
    room.task(&["cancel", "a"]);
    room.task(&["claim", "--agent", "bob"]);
    room.task(&["complete", "--agent", "bob"]);
    assert_eq!(room.task(&["prune", "--older-than", "1h"]), "0 removed\n");
    assert_eq!(room.task(&["prune", "--older-than", "0s", "--state", "failed"]), "0 removed\n");
    assert_eq!(room.json(&["prune", "--older-than", "0s", "--state", "done"])[0]["pruned"], 1);
    assert_eq!(room.task(&["prune", "--older-than", "0s", "--state", "ended"]), "1 removed\n");
    assert_eq!(room.json(&["list"]).len(), 2);
    let out = room.popkit(&["task", "prune", "--older-than", "0s", "--state", "open"]);
    out.refused(64, &["never removed"]);
    assert_eq!(room.popkit(&["task", "prune"]).code, 64);
}
