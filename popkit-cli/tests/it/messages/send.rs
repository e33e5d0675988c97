//! `popkit send`.

use super::{objects, said, send, texts, well};
use crate::room::Room;

#[test]
fn the_id_and_the_position_are_printed() {
    let room = Room::new();
    let line = well(&room, &["send", "bob", "hello"]);
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((words.len(), words[1], words[3]), (4, "pop:agent:bob", "default"), "{line}");
    let told = said(&room, "agent:bob").remove(0);
    assert_eq!((&told["message"]["id"], &told["position"]), (&words[0].into(), &words[2].into()));
    assert_eq!(told["message"]["payload"], serde_json::json!({"text": "hello"}));
    assert_eq!(
        (&told["message"]["from"], &told["message"]["type"]),
        (&"cli".into(), &"QUERY".into())
    );

    let sent = objects(&room, &["send", "*", "all of you", "--type", "task"]).remove(0);
    assert_eq!((&sent["channel"], &sent["to"]), (&"pop:broadcast".into(), &"*".into()));
    assert_eq!(sent["room"], "default");
    for key in ["id", "position", "at", "expires_at", "folder"] {
        assert!(sent[key].is_string(), "{key} is missing in {sent}");
    }
    for (to, channel) in [("all", "broadcast"), ("coordinator", "coordinator"), ("human", "human")]
    {
        let sent = objects(&room, &["send", to, "x"]).remove(0);
        assert_eq!(sent["channel"], format!("pop:{channel}"));
    }
}

#[test]
fn the_sender_is_named_or_the_agent_of_the_environment() {
    let mut room = Room::new();
    well(&room, &["send", "bob", "1", "--from", "ann"]);
    room.set("POPKIT_AGENT", "carl");
    send(&room, "bob", "2");
    let from: Vec<_> =
        said(&room, "agent:bob").iter().map(|m| m["message"]["from"].clone()).collect();
    assert_eq!(from, ["ann", "carl"]);
    room.set("POPKIT_AGENT", "no agent");
    room.popkit(&["send", "bob", "3"]).refused(64, &["POPKIT_AGENT"]);
}

#[test]
fn texts_and_payloads_come_from_files_and_standard_input() {
    let room = Room::new();
    let out = room.feed(&["send", "bob", "-"], "one\ntwo\n");
    assert_eq!(out.code, 0, "{out:?}");
    room.write("p.json", r#"{"text": "three"}"#);
    well(&room, &["send", "bob", "--payload", "@p.json"]);
    let out = room.feed(&["send", "bob", "--payload", "-"], r#"{"text": "four"}"#);
    assert_eq!(out.code, 0, "{out:?}");
    assert_eq!(texts(&room, "bob"), ["one\ntwo", "three", "four"]);
}

#[test]
fn insights_and_questions_are_texts_too() {
    let room = Room::new();
    well(&room, &["send", "all", "tests live in tests/it", "--type", "insight"]);
    let insight = said(&room, "insights").remove(0);
    assert_eq!(insight["message"]["payload"]["content"], "tests live in tests/it");
    well(&room, &["send", "human", "push?", "--type", "human-required", "--ack", "--ttl", "5m"]);
    let asked = &said(&room, "human").remove(0)["message"];
    assert_eq!(asked["payload"]["decision_needed"], "push?");
    assert_eq!(asked["requires_ack"], true);
    let line = well(&room, &["watch", "--once", "human"]);
    assert!(line.contains("cli → human  HUMAN_REQUIRED  push? (approve, deny)"), "{line}");
}

#[test]
fn a_raw_text_is_published_as_it_is() {
    let room = Room::new();
    let sent = well(&room, &["send", "--channel", "coordinator", r#"{"command": "stop"}"#]);
    assert!(sent.starts_with("-  pop:coordinator  "), "{sent}");
    well(&room, &["send", "--channel", "other:x", "--payload", r#"{"a":  1}"#]);
    let told = said(&room, "coordinator").remove(0);
    assert_eq!((&told["event"], &told["stop"]), (&"message".into(), &true.into()));
    let told = objects(&room, &["watch", "--once", "--raw", "other:x"]).remove(0);
    assert_eq!(told["payload"], r#"{"a":  1}"#);
    room.popkit(&["send", "--channel", "results", "bob", "x"])
        .refused(64, &["nobody is addressed"]);
}

#[test]
fn hostile_names_are_refused_before_anything_is_made() {
    let room = Room::new();
    let long = "x".repeat(129);
    for to in [
        "../../x",
        "a b",
        "a/b",
        "",
        ".",
        "bob.",
        "Coordinator",
        "broadcast",
        "con",
        "a\u{202e}b",
        &long,
    ] {
        room.popkit(&["send", to, "x"]).refused(64, &["agent id"]);
    }
    for args in [
        &["send", "bob", "x", "--from", "coordinator"][..],
        &["send", "bob", "x", "--from", "../x"],
        &["send", "bob", "x", "--session", "a.b"],
        &["send", "bob", "x", "--session", "results"],
        &["inbox", "--agent", "human"],
    ] {
        room.popkit(args).ended_first(64);
    }
    assert!(!room.path().join(".popkit").exists());
}

#[test]
fn what_makes_no_message_is_refused_in_one_line() {
    let room = Room::new();
    room.popkit(&["send"]).refused(64, &["who is it for"]);
    room.popkit(&["send", "ALL", "x"]).refused(64, &["did you mean all (everyone)?"]);
    room.popkit(&["send", "bob"]).refused(64, &["what to say"]);
    room.popkit(&["send", "bob", "x", "--payload", "{}"]).refused(64, &["not both"]);
    room.popkit(&["send", "bob", "x", "--type", "sync"]).refused(64, &["--payload JSON"]);
    room.popkit(&["send", "bob", "--payload", "{"]).refused(65, &["--payload", "JSON"]);
    room.popkit(&["send", "bob", "--payload", "[1]"]).refused(65, &["--payload", "object"]);
    room.popkit(&["send", "bob", "--payload", "@none"]).refused(65, &["none"]);
    room.popkit(&["send", "--channel", "reslts", "x"]).refused(64, &["did you mean \"results\""]);
    let sync = ["send", "coordinator", "--type", "sync_ack", "--payload", "{}"];
    room.popkit(&sync).refused(65, &["payload.barrier_id"]);
    let large = room.feed(&["send", "bob", "-"], &"x".repeat(300 * 1024));
    large.refused(65, &["the limit is 262144"]);
    for (args, word) in [
        (["send", "bob", "x", "--type", "insigth"], "did you mean INSIGHT?"),
        (["send", "bob", "x", "--ttl", "0s"], "at least 1s"),
    ] {
        room.popkit(&args).ended_first(64);
        assert!(room.popkit(&args).err.contains(word));
    }
    assert!(!room.path().join(".popkit").exists());
}

#[test]
fn sessions_do_not_hear_each_other() {
    let mut room = Room::new();
    well(&room, &["send", "bob", "one", "--session", "red"]);
    room.set("POPKIT_SESSION", "blue");
    send(&room, "bob", "two");
    assert_eq!(texts(&room, "bob"), ["two"]);
    let red = objects(&room, &["inbox", "--agent", "bob", "--session", "red"]);
    assert_eq!(red[0]["payload"]["text"], "one");
    assert_eq!(red[0]["channel"], "pop:{red}:agent:bob");
}

#[test]
fn what_the_sender_may_not_expect_is_noted() {
    let room = Room::new();
    let noted = |args: &[&str]| {
        let out = room.popkit(&[&["send"], args].concat());
        assert_eq!(out.code, 0, "{out:?}");
        assert!(out.err.lines().count() <= 1, "{out:?}");
        out.err
    };
    assert!(noted(&["all", "x"]).starts_with("note: room default is new: "));
    assert!(noted(&["all", "x"]).contains("room default is a guess: "));
    assert_eq!(noted(&["all", "x", "--plan", "default"]), "");
    let told = noted(&["bob", "x", "--plan", "p"]);
    assert!(told.contains("nobody has heard of an agent bob yet"), "{told}");
    assert_eq!(noted(&["bob", "x", "--plan", "p"]), "", "now it has an inbox");
    let told = noted(&["bob", "x", "--plan", "p", "--type", "result"]);
    assert!(told.contains("RESULT goes to the channel results"), "{told}");
    room.popkit(&["send", "all", "x"]).refused(64, &["default, p", "--plan NAME"]);
    room.task(&["add", "a"]);
    assert_eq!(noted(&["all", "x"]), "");
}
