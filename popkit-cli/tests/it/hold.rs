//! `claim` and everything under its lease, over several processes.

use std::time::Duration;

use crate::room::{Out, Room};

#[test]
fn a_task_goes_through_its_life_over_several_processes() {
    let room = Room::new();
    room.task(&["add", "a"]);
    let claim = &room.json(&["claim", "--agent", "bob", "--lease", "5m"])[0];
    assert_eq!((&claim["task"]["id"], &claim["agent"]), (&"a".into(), &"bob".into()));
    assert_eq!((&claim["token"]["task"], &claim["lease"]), (&"a".into(), &"5m".into()));
    assert_eq!(room.state_of("a"), "assigned");
    assert_eq!(room.json(&["start", "--agent", "bob"])[0]["state"], "active");
    assert_eq!(room.task(&["progress", "0.5", "half", "--agent", "bob"]), "a active\n");
    assert_eq!(room.task(&["start", "a", "--agent", "bob"]), "a active\n");
    let shown = &room.json(&["show", "a"])[0];
    assert_eq!(shown["progress"], serde_json::json!({"fraction": 0.5, "note": "half"}));
    assert_eq!(shown["held_by"]["agent"], "bob");
    assert!(room.state("leases/bob.json").exists());
    let done = room.feed(&["task", "complete", "--agent", "bob", "--result", "-"], "{\"x\": 1}\n");
    assert_eq!((done.code, done.out.as_str()), (0, "a done\n"));
    assert!(!room.state("leases/bob.json").exists());
    assert_eq!(room.json(&["show", "a"])[0]["result"]["x"], 1);
    room.popkit(&["task", "complete", "--agent", "bob"]).refused(77, &["bob holds no task"]);
}

#[cfg(unix)]
#[test]
fn tokens_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["claim", "--agent", "Bob"]);
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // Names that differ in case only stay apart on every file system.
    assert_eq!(mode(room.state("leases/bob+1.json")), 0o600);
    assert_eq!(mode(room.state("leases")), 0o700);
    assert_eq!(mode(room.path().join(".popkit")), 0o700);
}

#[test]
fn nothing_to_claim_is_try_again() {
    let room = Room::new();
    room.task(&["add", "a", "--kind", "build", "--requires", "rust"]);
    let claim = |args: &[&str]| room.popkit(&[&["task", "claim", "--agent", "bob"], args].concat());
    claim(&[]).refused(75, &["nothing to claim", "--wait"]);
    claim(&["--capabilities", "rust", "--kinds", "test"]).refused(75, &["nothing to claim"]);
    claim(&["--wait", "50ms"]).refused(75, &["nothing to claim"]);
    assert_eq!(claim(&["--capabilities", "rust,gpu", "--kinds", "build,test"]).code, 0);
    claim(&["--max", "0"]).refused(64, &["--max"]);
    room.popkit(&["task", "claim"]).refused(64, &["--agent", "POPKIT_AGENT"]);
}

#[test]
fn waiting_gets_a_task_that_is_added_meanwhile() {
    let room = Room::new();
    room.task(&["add", "first", "--backlog"]);
    let waiting = room.spawn(&["task", "claim", "--agent", "bob", "--wait", "30s"]);
    std::thread::sleep(Duration::from_millis(200));
    room.task(&["add", "a"]);
    let out = Out::of(waiting);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(out.out.starts_with("id:         a\n"), "{out:?}");
}

#[test]
fn no_task_is_claimed_twice() {
    let room = Room::new();
    for i in 0..6 {
        room.task(&["add", &format!("t{i}")]);
    }
    let agents: Vec<String> = (0..10).map(|i| format!("agent-{i}")).collect();
    let children: Vec<_> = agents
        .iter()
        .map(|agent| room.spawn(&["--json", "task", "claim", "--agent", agent]))
        .collect();
    let mut claimed = Vec::new();
    let mut empty = 0;
    for out in children.into_iter().map(Out::of) {
        match out.code {
            0 => claimed.push(out.lines()[0]["task"]["id"].as_str().unwrap().to_owned()),
            75 => empty += 1,
            _ => panic!("{out:?}"),
        }
    }
    claimed.sort();
    assert_eq!((claimed, empty), ((0..6).map(|i| format!("t{i}")).collect(), 4));
}

#[test]
fn an_agent_with_several_tasks_names_the_one() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["add", "b"]);
    assert_eq!(room.json(&["claim", "--agent", "bob", "--max", "5"]).len(), 2);
    let which = room.popkit(&["task", "complete", "--agent", "bob"]);
    which.refused(64, &["several tasks: a, b"]);
    room.task(&["complete", "b", "--agent", "bob"]);
    assert_eq!(room.task(&["release", "--agent", "bob"]), "a pending\n");
    assert_eq!(room.json(&["show", "a"])[0]["attempt"], 0);
}

#[test]
fn a_stale_token_is_refused() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["claim", "--agent", "bob", "--lease", "100ms"]);
    // The first look marks it, the second, a third of the lease later, rescues it.
    let out = room.popkit(&["task", "claim", "--agent", "eve", "--wait", "20s"]);
    assert_eq!(out.code, 0, "{out:?}");
    let stale = ["task", "complete", "--agent", "bob"];
    room.popkit(&stale).refused(77, &["lease of task a is lost", "eve holds it"]);
    room.popkit(&stale).refused(77, &["holds no task"]);
    room.popkit(&["task", "progress", "1", "--id", "a", "--agent", "bob"])
        .refused(77, &["no lease"]);
    assert_eq!(room.json(&["show", "a"])[0]["held_by"]["agent"], "eve");
    assert_eq!(room.json(&["show", "a"])[0]["abandons"], 1);
    room.task(&["complete", "--agent", "eve"]);
}

#[test]
fn progress_renews_and_saves_a_checkpoint() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["claim", "--agent", "bob", "--lease", "10m"]);
    let until = || room.json(&["show", "a"])[0]["held_by"]["until"].as_str().unwrap().to_owned();
    let before = until();
    let checkpoint = ["progress", "10%", "--agent", "bob", "--checkpoint", "{\"at\": 3}"];
    room.task(&checkpoint);
    assert!(until() > before);
    assert_eq!(room.json(&["show", "a"])[0]["checkpoint"]["at"], 3);
    assert_eq!(room.popkit(&["task", "progress", "2", "--agent", "bob"]).code, 64);
}

#[test]
fn a_failure_is_retried_until_it_is_final() {
    let room = Room::new();
    room.task(&["add", "a", "--retries", "1"]);
    room.task(&["claim", "--agent", "bob"]);
    assert_eq!(room.task(&["fail", "once", "--agent", "bob", "--delay", "0s"]), "a pending\n");
    room.task(&["claim", "--agent", "bob", "--wait", "20s"]);
    assert_eq!(room.task(&["fail", "twice", "--kind", "exit", "--agent", "bob"]), "a failed\n");
    // By habit from `complete ID`: that would fail the task with its own name as the reason.
    let slip = room.popkit(&["task", "fail", "a", "--agent", "bob"]);
    slip.refused(64, &["a is a task", "--id a"]);
    let errors = &room.json(&["show", "a"])[0]["errors"];
    assert_eq!((&errors[0]["text"], &errors[1]["kind"]), (&"once".into(), &"exit".into()));

    room.task(&["add", "b"]);
    room.task(&["claim", "--agent", "bob"]);
    assert_eq!(room.task(&["fail", "no", "--agent", "bob", "--final"]), "b failed\n");
    room.task(&["add", "c"]);
    room.task(&["claim", "--agent", "bob"]);
    room.task(&["release", "--agent", "bob", "--delay", "1h"]);
    assert_eq!(room.json(&["show", "c"])[0]["pending"], "due");
}

#[test]
fn damaged_tokens_are_named_and_left_alone() {
    let room = Room::new();
    room.task(&["add", "a"]);
    room.task(&["claim", "--agent", "bob"]);
    let file = room.state("leases/bob.json");
    std::fs::write(&file, "{").unwrap();
    room.popkit(&["task", "complete", "--agent", "bob"]).refused(65, &["bob.json", "remove it"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{");
}

#[cfg(unix)]
#[test]
fn a_wait_ends_by_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let room = Room::new();
        room.task(&["add", "a", "--backlog"]);
        let waiting = room.spawn(&["task", "claim", "--agent", "bob", "--wait", "30s"]);
        // Its folder is made just before the signal is taken over.
        while !room.state("leases").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        let pid = waiting.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args([signal, &pid]).status().unwrap().success());
        let out = Out::of(waiting);
        assert_eq!((out.code, out.out.as_str(), out.err.as_str()), (130, "", ""), "{signal}");
        assert_eq!(room.state_of("a"), "backlog");
    }
}
