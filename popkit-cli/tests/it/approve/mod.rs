//! `popkit pending`, `approve`, `deny`.

mod person;
mod server;

use crate::agent::{Stage, finish};
use crate::room::Room;

#[test]
fn a_question_is_shown_and_answered_by_the_beginning_of_its_id() {
    let stage = Stage::of(&["work"]);
    let asks =
        stage.spawn_as("one", &["agent", "ask", "push?\nreally", "--context", "\"to main\""]);
    let question = stage.questions(1).remove(0);
    assert_eq!((&question["from"], &question["options"][0]), (&"one".into(), &"approve".into()));
    let id = question["id"].as_str().unwrap();
    let shown = stage.room.popkit(&["pending"]);
    assert!(shown.out.starts_with(&format!("{id}  ")), "{shown:?}");
    assert!(shown.out.contains("from one  (approve, deny)\n  | push?\n  | really\n  : to main\n"));
    let asked = "a person has to decide:\n  push? really";
    let status = || stage.room.popkit(&["status"]).out;
    assert!(status().contains(asked), "{}", status());
    let out = stage.type_in(&["approve", &id[..6]]);
    assert_eq!((out.code, out.out), (0, format!("{id} approved: push? really\n")), "{}", out.err);
    assert_eq!(finish(asks).code, 0);
    assert_eq!(stage.room.popkit(&["pending"]).out, "");
    assert!(!status().contains("a person has to decide"), "{}", status());
}

#[test]
fn the_first_decision_stands() {
    let stage = Stage::of(&["work"]);
    let asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(stage.type_in(&["deny", &id]).code, 0);
    let out = stage.type_in(&["approve", &id]);
    assert_eq!((out.code, out.out.as_str()), (1, ""), "{out:?}");
    assert!(out.err.contains(&format!("{id} was denied by tester at 20")), "{out:?}");
    assert_eq!(finish(asks).code, 77);
}

#[test]
fn a_decision_that_the_coordinator_was_not_told_of_is_told_by_saying_it_again() {
    let stage = Stage::of(&["work"]);
    let asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    // As of somebody whose line broke right after it was written.
    let written = format!(
        r#"{{"decision":"{id}","approved":true,"by":"ann","at":"2026-01-02T03:04:05.000Z"}}"#
    );
    stage.save(&format!("decision:{id}"), &written);
    let out = stage.type_in(&["deny", &id]);
    assert_eq!((out.code, out.out.as_str()), (1, ""), "{out:?}");
    assert!(out.err.contains(&format!("{id} was approved by ann at 2026")), "{out:?}");
    let out = stage.type_in(&["--json", "approve", &id]);
    assert_eq!(out.code, 0, "{out:?}");
    let ruled = &out.lines()[0];
    assert_eq!((&ruled["taken_up"], &ruled["by"]), (&true.into(), &"ann".into()));
    assert_eq!(finish(asks).code, 0);
}

#[test]
fn a_question_that_nobody_answered_in_time_says_so() {
    let stage = Stage::of(&["work"]);
    let out = stage.run_as("one", &["--json", "agent", "ask", "push?", "--timeout", "2s"]);
    assert_eq!(out.code, 77, "{out:?}");
    let id = out.lines()[0]["decision"].as_str().unwrap().to_owned();
    let out = stage.type_in(&["approve", &id]);
    assert!(out.code == 1 && out.err.contains("nobody answered"), "{out:?}");
}

#[test]
fn an_unknown_question_is_answered_with_those_that_are_open() {
    let stage = Stage::of(&["work"]);
    let out = stage.type_in(&["approve", "zz"]);
    assert!(out.code == 65 && out.err.contains("none does"), "{out:?}");
    let _asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    let out = stage.type_in(&["deny", "zz"]);
    assert!(out.code == 65 && out.err.contains(&format!("there are {id} (push?)")), "{out:?}");
    let out = stage.type_in(&["deny", ""]);
    assert!(out.code == 64 && out.err.contains("popkit pending"), "{out:?}");
}

#[test]
fn a_decision_without_a_coordinator_is_written_down_for_the_next() {
    let mut stage = Stage::of(&["work"]);
    let mut asks = stage.spawn_as("one", &["agent", "ask", "push?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    stage.leave_alone();
    let out = stage.type_in(&["--json", "approve", &id]);
    assert_eq!(out.code, 0, "{out:?}");
    let ruled = &out.lines()[0];
    assert_eq!((&ruled["taken_up"], &ruled["by"]), (&false.into(), &"tester".into()));
    assert!(out.err.contains("written down"), "{out:?}");
    assert!(stage.document(&format!("decision:{id}")).is_some());
    asks.terminate();
    finish(asks);
}

#[test]
fn where_nothing_is_there_are_no_questions() {
    let room = Room::new();
    let out = room.popkit(&["pending"]);
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    assert!(!room.path().join(".popkit").exists(), "to look makes nothing");
}
