//! What operators do without a lease.

use crate::room::Room;

#[test]
fn cancel_requeue_pause_resume_enqueue() {
    let room = Room::new();
    for id in ["a", "b"] {
        room.task(&["add", id]);
    }
    room.task(&["add", "c", "--backlog"]);
    assert_eq!(room.task(&["pause", "a", "b", "--reason", "not now"]), "a paused\nb paused\n");
    room.popkit(&["task", "claim", "--agent", "bob"]).refused(75, &["nothing"]);
    assert_eq!(room.task(&["resume", "a"]), "a ready\n");
    assert_eq!(room.task(&["enqueue", "c"]), "c ready\n");
    let cancelled = &room.json(&["cancel", "b", "--reason", "of no use"])[0];
    assert_eq!((&cancelled["id"], &cancelled["state"]), (&"b".into(), &"cancelled".into()));
    let last = room.json(&["history", "b"]).pop().unwrap();
    assert_eq!(last["data"]["by"]["operator"], "tester");
    assert_eq!(last["data"]["reason"], "of no use");

    room.task(&["claim", "--agent", "bob"]);
    room.task(&["fail", "no", "--agent", "bob", "--final"]);
    assert_eq!(room.task(&["requeue", "a"]), "a ready\n");
    assert_eq!(room.json(&["show", "a"])[0]["attempt"], 0);
}

#[test]
fn review_ends_with_a_verdict() {
    let room = Room::new();
    room.task(&["add", "a", "--review"]);
    for (verdict, state) in [("reject", "ready"), ("approve", "done")] {
        room.task(&["claim", "--agent", "bob"]);
        assert_eq!(room.task(&["complete", "--agent", "bob"]), "a review\n");
        assert_eq!(room.task(&[verdict, "a"]), format!("a {state}\n"));
    }
}

#[test]
fn priority_decides_what_comes_first() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["add", "b"]);
    room.task(&["prioritise", "b", "9"]);
    room.task(&["prioritize", "a", "2"]);
    assert_eq!(room.json(&["claim", "--agent", "bob"])[0]["task"]["id"], "b");
    room.popkit(&["task", "prioritise", "a", "0"]).refused(64, &["1 (last)"]);
}

#[test]
fn a_holder_whose_task_was_cancelled_is_told() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["claim", "--agent", "bob"]);
    room.task(&["cancel", "a"]);
    let out = room.popkit(&["task", "progress", "1", "--agent", "bob"]);
    out.refused(77, &["lost", "cancelled"]);
}

#[test]
fn what_the_state_forbids_is_refused() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.popkit(&["task", "approve", "a"]).refused(1, &["a", "pending"]);
    room.popkit(&["task", "requeue", "a"]).refused(1, &["a", "pending"]);
    room.popkit(&["task", "cancel", "nobody"]).refused(65, &["nobody"]);
    // Those before the one that is refused are changed, and said to be.
    let out = room.popkit(&["task", "cancel", "a", "a"]);
    assert_eq!((out.code, out.out.as_str()), (1, "a cancelled\n"), "{out:?}");
}
