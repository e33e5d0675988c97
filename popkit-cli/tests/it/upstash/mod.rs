//! Upstash: `backend`, its alias, `doctor` and runs, against a double of the service.

mod backend;
mod cost;
mod doctor;
mod refuse;
mod run;

use popkit_testkit::{UpstashDouble, UpstashOptions};

use crate::room::{Out, Room};

/// A double of the service.
fn double(options: UpstashOptions) -> UpstashDouble {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(UpstashDouble::start(options))
}

/// A room that finds the double by the two variables.
fn room(double: &UpstashDouble) -> Room {
    room_as(double, double.token())
}

/// The same with another token.
fn room_as(double: &UpstashDouble, token: &str) -> Room {
    let mut room = Room::new();
    room.set("UPSTASH_REDIS_REST_URL", double.url());
    room.set("UPSTASH_REDIS_REST_TOKEN", token);
    room
}

/// Runs `popkit ARGS`, which must end well and show no token, and gives standard output.
#[track_caller]
fn well(room: &Room, double: &UpstashDouble, args: &[&str]) -> String {
    let out = room.popkit(args);
    assert_eq!(out.code, 0, "{args:?}: {out:?}");
    silent(&out, double);
    out.out
}

/// Asserts that no token shows.
#[track_caller]
fn silent(out: &Out, double: &UpstashDouble) {
    let shown = format!("{out:?}");
    for token in [double.token(), double.read_only_token()] {
        assert!(!shown.contains(token), "{shown}");
    }
}

/// Asserts that a check is told with these words, and begins so.
#[track_caller]
fn told(out: &Out, verdict: &str, name: &str, words: &[&str]) {
    let begin = format!("{verdict:<5} {name:<12} ");
    let mut lines = out.out.lines().filter(|line| line.starts_with(&begin));
    let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
    assert!(found, "no {begin:?} with {words:?} in\n{}{}", out.out, out.err);
}
