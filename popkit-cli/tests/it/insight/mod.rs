//! `popkit insight`.

use crate::agent::Stage;
use crate::room::Room;

#[test]
fn what_an_agent_finds_is_listed_by_its_tags() {
    let stage = Stage::of(&["work"]);
    let add = ["insight", "add", "the parser has two front ends", "--tags", "parser, API"];
    let out = stage.run_as("one", &add);
    assert_eq!(out.code, 0, "{out:?}");
    let id = out.out.trim().to_owned();
    stage.until("insights", &id);
    let add = ["--json", "insight", "add", "no access", "--type", "Blocker", "--agent", "two"];
    let sent = stage.room.popkit(&add).lines().remove(0);
    assert_eq!((&sent["type"], &sent["from"]), (&"blocker".into(), &"two".into()));
    stage.until("insights", sent["id"].as_str().unwrap());
    let listed = |args: &[&str]| {
        let all = stage.room.popkit(&[&["--json", "insight", "list"], args].concat()).lines();
        all.iter().map(|one| one["content"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["no access", "the parser has two front ends"]);
    assert_eq!(listed(&["--tags", "x,api"]), ["the parser has two front ends"]);
    let table = stage.room.popkit(&["insight", "list"]).out;
    let row = table.lines().nth(2).unwrap();
    assert!(row.contains("discovery") && row.contains("parser,API"), "{table}");
}

#[test]
fn what_nobody_would_get_is_refused() {
    let stage = Stage::idle();
    let add = |args: &[&str]| stage.room.popkit(&[&["insight", "add"], args].concat());
    add(&["x", "--agent", "one"]).refused(75, &["no session runs here"]);
    let long = "x".repeat(9000);
    add(&[&long, "--agent", "one"]).refused(65, &["at most 8192 bytes"]);
    add(&["x"]).refused(64, &["which agent?"]);
    add(&[" ", "--agent", "one"]).refused(64, &["what was found?"]);
    let out = add(&["x", "--agent", "one", "--type", "rumour"]);
    assert!(out.code == 64 && out.err.contains("discovery, blocker"), "{out:?}");
}

#[test]
fn where_nothing_is_there_are_no_insights() {
    let room = Room::new();
    let out = room.popkit(&["insight", "list"]);
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    assert!(!room.path().join(".popkit").exists(), "to look makes nothing");
    room.popkit(&["insight", "add", "x", "--agent", "one"]).refused(75, &["no session runs here"]);
}
