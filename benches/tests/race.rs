//! The races of real processes, small: some are killed, some become zombies, and what the
//! others saw is checked, event by event. The full sizes are in `docs/benchmarks.md`.

#![allow(clippy::expect_used)]

mod message;
mod session;

use std::fs::File;
use std::process::Command;

/// Races take turns, for a test runner starts several at once: each fills the machine, and
/// some have deadlines.
fn turn() -> File {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/race.lock");
    let turn = File::create(path).expect("a file to lock");
    turn.lock().expect("a local file system");
    turn
}

/// Whether the program succeeds, and what it prints.
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let ended = Command::new(program).args(arguments).output().expect("it starts");
    let text = String::from_utf8_lossy(&ended.stdout).into_owned()
        + &String::from_utf8_lossy(&ended.stderr);
    (ended.status.success(), text)
}

fn race(arguments: &[&str]) -> (bool, String) {
    run(env!("CARGO_BIN_EXE_claim-race"), arguments)
}

#[test]
fn processes_that_are_killed_and_stopped_break_nothing() {
    let _turn = turn();
    let sizes =
        ["--tasks", "800", "--workers", "6", "--kills", "6", "--zombies", "3", "--lease-ms", "700"];
    let (passed, text) = race(&sizes);
    assert!(passed, "{text}");
    for figure in ["kills=6 zombies=3", "lost=0 double_terminal=0 stale_accepted=0", "VERDICT pass"]
    {
        assert!(text.contains(figure), "no {figure:?} in: {text}");
    }
}

/// A small race on a Redis server of its own.
const REDIS: [&str; 17] = [
    "--redis",
    "--tasks",
    "300",
    "--processes",
    "4",
    "--kills",
    "4",
    "--zombies",
    "2",
    "--resets",
    "10",
    "--server-kills",
    "1",
    "--lease-ms",
    "700",
    "--work-ms",
    "100",
];

#[test]
fn a_redis_server_that_is_killed_and_connections_that_break_lose_nothing() {
    let _turn = turn();
    let (passed, text) = race(&REDIS);
    assert!(passed, "{text}");
    for figure in [
        "backend=redis submitted=300 kills=4 zombies=2 resets=10 server_kills=1",
        "lost=0 double_terminal=0 stale_accepted=0",
        "log_gaps=0 replay_mismatch=0",
        "VERDICT pass",
    ] {
        assert!(text.contains(figure), "no {figure:?} in: {text}");
    }
}

#[test]
fn a_redis_server_that_forgets_when_it_is_killed_is_found_out() {
    let _turn = turn();
    let (passed, text) = race(&[&REDIS[..], &["--aof", "off"]].concat());
    assert!(!passed && text.contains("VERDICT FAIL"), "{text}");
    assert!(!text.contains("lost=0"), "{text}");
}

#[test]
fn a_store_that_cannot_be_opened_is_an_error() {
    let (passed, text) = race(&["--store", "nonsense:"]);
    assert!(!passed);
    assert!(text.contains("no backend for \"nonsense\""), "{text}");
}
