//! `popkit status`, without a run.

use super::{objects, send, well};
use crate::room::Room;

#[test]
fn tasks_are_told_by_where_they_stand_and_why() {
    let room = Room::new();
    room.task(&["add", "a", "--tag", "phase:get", "--title", "First"]);
    room.task(&["add", "b", "--needs", "a", "--tag", "phase:use", "--title", "Second\u{1b}[2J"]);
    room.task(&["add", "c", "--retries", "0", "--priority", "9"]);
    room.task(&["claim", "--agent", "ann"]);
    room.task(&["fail", "it broke", "--agent", "ann"]);
    room.task(&["claim", "--agent", "bob"]);
    let text = well(&room, &["status"]);
    for part in [
        "default\ntasks: 3 in all, 33% ended\n",
        "\nrunning:\n  a  bob  assigned\n",
        "\nfailed:\n  c  1 of 1 attempts  error: it broke\n",
        "\nphases:\n  get  0 of 1 ended, 1 running\n  use  0 of 1 ended\n",
        "\nblocked:\n  b  waits for a (assigned)  Second\\u{1b}[2J\n",
        "\nagents:\n  bob  never heard  a\n",
        "\nlately:\n",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'));
    let status = objects(&room, &["status"]).remove(0);
    assert_eq!((&status["plan"], &status["tasks"]["total"]), (&"default".into(), &3.into()));
    assert_eq!(status["blocked"][0]["waits_for"][0]["task"], "a");
    assert_eq!(
        (&status["failed"][0]["id"], &status["running"][0]["agent"]),
        (&"c".into(), &"bob".into())
    );
    assert_eq!(status["phases"][1]["name"], "use");
    assert_eq!(status["agents"][0]["holds"], serde_json::json!(["a"]));
    for key in ["waiting", "questions", "recent"] {
        assert!(status[key].is_array(), "{key} is missing in {status}");
    }
    assert!(!room.state("messages").exists(), "to look makes nothing");
}

#[test]
fn unread_messages_and_questions_are_told() {
    let room = Room::new();
    room.task(&["add", "a"]);
    send(&room, "bob", "1");
    well(&room, &["inbox", "--agent", "bob"]);
    send(&room, "bob", "2");
    send(&room, "bob", "3");
    send(&room, "all", "to everybody");
    well(&room, &["send", "human", "push?", "--type", "human_required", "--from", "bob"]);
    let status = objects(&room, &["status"]).remove(0);
    assert_eq!(
        (&status["agents"][0]["id"], &status["agents"][0]["unread"]),
        (&"bob".into(), &2.into())
    );
    assert_eq!(status["questions"][0]["decision_needed"], "push?");
    let text = well(&room, &["status"]);
    assert!(text.contains("bob  never heard  -  2 unread"), "{text}");
    assert!(text.contains("a person has to decide:\n  push? (bob asks"), "{text}");
    assert_eq!(super::texts(&room, "bob").len(), 3, "nothing was read by it");
}

#[test]
fn messages_that_cannot_be_read_hide_no_tasks() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.write(".popkit/default/messages/foreign", "");
    let out = room.popkit(&["status"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.out.contains("tasks: 1 in all"), "{out:?}");
    assert!(out.err.contains("the messages cannot be read: "), "{out:?}");
}

#[test]
fn messages_are_told_before_there_are_tasks() {
    let room = Room::new();
    send(&room, "bob", "1");
    well(&room, &["send", "human", "push?", "--type", "human_required", "--from", "bob"]);
    let text = well(&room, &["status"]);
    assert!(text.starts_with("default\nno tasks yet\n"), "{text}");
    assert!(text.contains("bob  never heard  -  1 unread") && text.contains("push?"), "{text}");
    assert_eq!(objects(&room, &["status"])[0]["tasks"]["total"], 0);
    assert!(!room.state("tasks.db").exists(), "to look makes no store");
}
