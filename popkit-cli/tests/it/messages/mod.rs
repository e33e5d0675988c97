//! `send`, `inbox`, `watch`, `status`, and what `run` publishes.

mod follow;
mod inbox;
mod outage;
mod places;
mod refuse;
mod run;
mod send;
mod status;
mod watch;

use std::time::Duration;

use popkit_testkit::Child;
use serde_json::Value;

use crate::room::{Out, Room};

/// How long anything may take on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);

/// Runs `popkit ARGS`, which must end well, and gives standard output.
#[track_caller]
fn well(room: &Room, args: &[&str]) -> String {
    let out = room.popkit(args);
    assert_eq!(out.code, 0, "{args:?}: {out:?}");
    out.out
}

/// Runs `popkit --json ARGS`, which must end well, and gives its objects.
#[track_caller]
fn objects(room: &Room, args: &[&str]) -> Vec<Value> {
    let out = room.popkit(&[&["--json"], args].concat());
    assert_eq!(out.code, 0, "{args:?}: {out:?}");
    out.lines()
}

/// The texts of the messages in an inbox, which are acknowledged by this.
#[track_caller]
fn texts(room: &Room, agent: &str) -> Vec<String> {
    let letters = objects(room, &["inbox", "--agent", agent]);
    letters.iter().map(|letter| letter["payload"]["text"].as_str().unwrap().to_owned()).collect()
}

/// What was said on a channel.
#[track_caller]
fn said(room: &Room, channel: &str) -> Vec<Value> {
    objects(room, &["watch", "--once", channel])
}

/// Starts `popkit ARGS`.
fn start(room: &Room, args: &[&str]) -> Child {
    Child::spawn(&mut room.command(args))
}

/// Sends a text.
#[track_caller]
fn send(room: &Room, to: &str, text: &str) {
    well(room, &["send", to, text]);
}

/// A message as the wire has it, from somebody who is long gone.
fn envelope(requires_ack: bool) -> String {
    format!(
        r#"{{"id":"old-1","type":"QUERY","from_agent":"eve","to_agent":"bob","payload":{{"text":"x"}},
            "timestamp":"2020-01-01T00:00:00","requires_ack":{requires_ack},"ttl_seconds":60}}"#
    )
}

impl Out {
    /// Asserts a refusal of the command line, which may be followed by a hint.
    #[track_caller]
    fn ended_first(&self, code: i32) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(self.err.starts_with("popkit: "), "{self:?}");
    }

    /// Asserts that the last line of standard error is a refusal with these words.
    #[track_caller]
    fn ended(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        let last = self.err.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with("popkit: "), "{self:?}");
        for word in words {
            assert!(last.contains(word), "{word:?} is missing in {self:?}");
        }
    }
}
