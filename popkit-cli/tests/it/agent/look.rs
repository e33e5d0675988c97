//! `popkit agent list`, `popkit agent show`.

use popkit_testkit::Child;
use serde_json::Value;

use super::{Stage, finish};
use crate::room::Room;

#[test]
fn agents_are_shown_with_their_process_and_standing() {
    let mut stage = Stage::of(&["work"]);
    let script = "until test -e go; do sleep 0.05; done";
    let args = ["agent", "run", "one", "--period", "1s", "--", "sh", "-c", script];
    let agent = Child::spawn(&mut stage.room.command(&args));
    let process = format!("-{}", agent.id());
    stage.until("state:one", "current_task=\"work\"");
    stage.until("coordinator:status", "\"one\":\"live\"");
    let listed = stage.room.popkit(&["--json", "agent", "list"]).lines();
    assert_eq!(listed.len(), 1);
    let one = &listed[0];
    assert_eq!(
        (&one["id"], &one["standing"], &one["doing"]),
        (&Value::from("one"), &Value::from("live"), &Value::from("work"),)
    );
    assert!(one["process"].as_str().unwrap().ends_with(&process), "{one}");
    assert!(one["heard_at"].is_string() && one["files_touched"].is_null(), "{one}");
    let table = stage.room.popkit(&["agent", "list"]).out;
    let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().take(3).collect();
    assert_eq!((table.get(..5), words.as_slice()), (Some("AGENT"), &["one", "live", "work"][..]));
    let shown = &stage.room.popkit(&["--json", "agent", "show", "one"]).lines()[0];
    assert_eq!(shown["blockers"], Value::Array(Vec::new()));
    let page = stage.room.popkit(&["agent", "show", "one"]).out;
    assert!(page.contains("standing    live\n") && page.contains(&process), "{page}");
    stage.room.popkit(&["agent", "show", "two"]).refused(65, &["no agent two", "there are one"]);
    stage.room.write("go", "");
    assert_eq!(finish(agent).code, 0);
    stage.end();
}

#[test]
fn an_agent_of_the_originals_is_read_where_no_coordinator_reports() {
    let stage = Stage::idle();
    let saves = [("agent_id", "\"old\""), ("current_task", "write it"), ("tool_call_count", "7")];
    stage.save_map("state:old", &saves);
    let out = stage.room.popkit(&["agent", "list"]);
    let row = out.out.lines().nth(1).unwrap();
    assert!(row.starts_with("old ") && row.contains("write it") && row.contains(" 7 "), "{row}");
    assert!(out.err.contains("no coordinator says so"), "{out:?}");
}

#[test]
fn where_nothing_is_there_are_no_agents() {
    let room = Room::new();
    let out = room.popkit(&["agent", "list"]);
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    room.popkit(&["agent", "show", "one"]).refused(65, &["no session here", "popkit power start"]);
    assert!(!room.path().join(".popkit").exists(), "to look makes nothing");
}
