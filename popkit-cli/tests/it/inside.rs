//! `popkit task` inside a command that `popkit run` started: no token is handed down, the
//! fence of the attempt is.

use crate::room::Room;

/// A room that a command of a run sees, and the claim of its run.
fn inside() -> Room {
    let mut room = Room::new();
    room.task(&["add", "a"]);
    let claim = room.json(&["claim", "--agent", "runner", "--lease", "5m"]).remove(0);
    std::fs::remove_file(room.state("leases/runner.json")).unwrap();
    room.set("POPKIT_AGENT", "runner");
    room.set("POPKIT_TASK_ID", "a");
    room.set("POPKIT_FENCE", claim["token"]["fence"].to_string());
    room.set("POPKIT_STORE", format!("sqlite:{}", room.state("tasks.db").display()));
    room
}

#[test]
fn progress_works_without_a_token() {
    let room = inside();
    assert_eq!(room.task(&["progress", "30%", "going on"]), "a active\n");
    let shown = &room.json(&["show"])[0];
    assert_eq!(shown["progress"]["note"], "going on");
}

#[test]
fn the_run_ends_its_task_itself() {
    let room = inside();
    for args in [["complete", "--result=1"], ["fail", "no"], ["release", "--delay=1s"]] {
        let out = room.popkit(&[&["task"], &args[..]].concat());
        out.refused(77, &["popkit run", "exit code"]);
    }
    assert_eq!(room.state_of("a"), "assigned");
}

#[test]
fn an_older_attempt_is_refused() {
    let mut room = inside();
    room.set("POPKIT_FENCE", "1");
    room.popkit(&["task", "progress", "1"]).refused(77, &["lease of this attempt is lost"]);
    room.set("POPKIT_FENCE", "");
    room.popkit(&["task", "progress", "1"]).refused(77, &["no lease of task a"]);
}
