//! `popkit agent ask`: a question, and the decision about it.

use serde_json::Value;

use super::{Stage, finish};
use crate::room::Room;

#[test]
fn a_yes_is_exit_code_0_with_the_notes() {
    let stage = Stage::of(&["work"]);
    let context = r#"{"branch":"main"}"#;
    let asks = stage.spawn_as("one", &["agent", "ask", "push to main?", "--context", context]);
    let question = &stage.questions(1)[0];
    assert_eq!(question["question"], "push to main?");
    assert_eq!(
        (&question["from"], &question["context"]["branch"]),
        (&"one".into(), &"main".into())
    );
    let id = question["id"].as_str().unwrap();
    let out = stage.type_in(&["approve", id, "--notes", "go, but softly"]);
    assert_eq!(out.code, 0, "{out:?}");
    let out = finish(asks);
    assert_eq!((out.code, out.out.as_str()), (0, "yes: go, but softly\n"), "{out:?}");
    stage.until(&format!("approval:{id}"), "\"used_at\":\"");
}

#[test]
fn a_no_is_exit_code_77() {
    let stage = Stage::of(&["work"]);
    let asks = stage.spawn_as("one", &["--json", "agent", "ask", "drop the table?"]);
    let id = stage.questions(1)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(stage.type_in(&["deny", &id]).code, 0);
    let out = finish(asks);
    assert_eq!(out.code, 77, "{out:?}");
    let answer = &out.lines()[0];
    assert_eq!((&answer["approved"], &answer["by"]), (&Value::Bool(false), &"tester".into()));
    assert_eq!(answer["decision"], Value::from(id));
}

#[test]
fn silence_is_a_no() {
    let stage = Stage::of(&["work"]);
    let out = stage.run_as("one", &["agent", "ask", "may I?", "--timeout", "3s"]);
    assert_eq!(out.code, 77, "{out:?}");
    assert!(out.out.starts_with("no: nobody has decided in time"), "{out:?}");
}

#[test]
fn a_session_that_ends_answers_no() {
    let stage = Stage::of(&["work"]);
    let asks = stage.spawn_as("one", &["agent", "ask", "may I?"]);
    stage.questions(1);
    let second = stage.spawn_as("two", &["agent", "ask", "may I, too?"]);
    stage.questions(2);
    stage.stop();
    for asks in [asks, second] {
        let out = finish(asks);
        assert!(matches!(out.code, 75 | 77), "{out:?}");
    }
}

#[test]
fn a_yes_to_one_of_two_that_ask_the_same_is_none_to_the_other() {
    let stage = Stage::of(&["work"]);
    let ask = || stage.spawn_as("one", &["agent", "ask", "deploy?", "--timeout", "5m"]);
    let first = ask();
    let id = stage.questions(1)[0]["id"].clone();
    let mut second = ask();
    let questions = stage.questions(2);
    let other = questions.iter().find(|one| one["id"] != id).unwrap();
    assert_eq!(stage.type_in(&["approve", other["id"].as_str().unwrap()]).code, 0);
    assert_eq!(second.wait(super::LONG).code(), Some(0));
    assert_eq!(stage.type_in(&["deny", id.as_str().unwrap()]).code, 0);
    assert_eq!(finish(first).code, 77);
}

#[test]
fn where_nobody_takes_it_up_one_may_try_again() {
    let stage = Stage::idle();
    let ask = &["agent", "ask", "may I?", "--timeout", "1s"];
    stage.run_as("one", ask).refused(75, &["no session runs here"]);
    stage.save("objective", "{}");
    stage.run_as("one", ask).refused(75, &["no coordinator has taken the question up"]);
    let room = Room::new();
    room.popkit(&["agent", "ask", "may I?", "--agent", "one"])
        .refused(75, &["no session runs here"]);
}

#[test]
fn a_question_that_nobody_could_judge_is_refused() {
    let room = Room::new();
    let ask = |args: &[&str]| room.popkit(&[&["agent", "ask"], args].concat());
    let long = "x".repeat(5000);
    for (args, code) in [
        (&["may I?"][..], 64),
        (&["", "--agent", "a"], 64),
        (&["may I?", "--agent", "a", "--timeout", "0s"], 64),
        (&["push\u{202e}?", "--agent", "a"], 65),
        (&["push\u{200b}?", "--agent", "a"], 65),
        (&[long.as_str(), "--agent", "a"], 65),
        (&["may I?", "--agent", "a", "--context", "{"], 65),
    ] {
        let out = ask(args);
        assert_eq!((out.code, out.out.as_str()), (code, ""), "{args:?}: {out:?}");
    }
}
