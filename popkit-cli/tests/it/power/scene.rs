//! A folder with a session in it.

use std::time::Duration;

use popkit_testkit::{Child, wait_for, wait_until};
use serde_json::Value;

use crate::room::{Out, Room};

/// How long anything may take on a machine that is busy.
pub(super) const LONG: Duration = Duration::from_secs(120);
/// An agent that works until the file `go` is there.
pub(super) const UNTIL_GO: &str =
    "touch at-$POPKIT_PHASE-$POPKIT_AGENT; while ! test -e go; do sleep 0.1; done; echo done";

/// The folder of one test.
pub(super) struct Scene {
    pub(super) room: Room,
    /// What every command is given besides.
    more: Vec<String>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let mut room = Room::new();
        room.set("PATH", std::env::var("PATH").unwrap());
        Self { room, more: Vec::new() }
    }

    /// The same with these options for every command.
    pub(super) fn with(more: &[&str]) -> Self {
        let more = more.iter().map(|&word| word.to_owned()).collect();
        Self { more, ..Self::new() }
    }

    fn words<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        self.more.iter().map(String::as_str).chain(words.iter().copied()).collect()
    }

    /// Runs `popkit ARGS`.
    pub(super) fn popkit(&self, args: &[&str]) -> Out {
        self.room.popkit(&self.words(args))
    }

    /// Runs `popkit power ARGS`.
    pub(super) fn power(&self, args: &[&str]) -> Out {
        self.popkit(&[&["power"], args].concat())
    }

    /// Starts `popkit power start ARGS -- sh -c SCRIPT`, with short times.
    pub(super) fn start(&self, args: &[&str], script: &str) -> Child {
        let short = ["power", "start", "--period", "1s", "--lease", "1s"];
        let command = ["--", "sh", "-c", script];
        let words = [&short[..], args, &command].concat();
        Child::spawn(&mut self.room.command(&self.words(&words)))
    }

    /// The same to its end, which must be this one.
    #[track_caller]
    pub(super) fn run(&self, args: &[&str], script: &str, code: i32) -> Child {
        let mut child = self.start(args, script);
        let status = child.wait(LONG);
        let said = format!("{}\n{}", child.stdout(), child.stderr());
        assert_eq!(status.code(), Some(code), "{said}");
        child
    }

    /// What `popkit power status --json` says of the session.
    #[track_caller]
    pub(super) fn status(&self) -> Value {
        let out = self.power(&["status", "--json"]);
        assert_eq!(out.code, 0, "{out:?}");
        out.lines().remove(0)["session"].take()
    }

    /// Waits until a file of the folder is there.
    #[track_caller]
    pub(super) fn wait_file(&self, name: &str) {
        wait_until(LONG, name, || self.room.path().join(name).exists());
    }

    /// The process of an agent.
    #[track_caller]
    pub(super) fn process_of(&self, agent: &str) -> String {
        wait_for(LONG, "the process of an agent", || {
            let out = self.popkit(&["agent", "list", "--json"]);
            let found = out.lines().into_iter().find(|line| line["id"] == agent)?;
            Some(found["process"].as_str()?.rsplit('-').next()?.to_owned())
        })
    }
}

/// Kills a process, as the system does where memory is short.
#[track_caller]
pub(super) fn kill9(process: &str) {
    let status = std::process::Command::new("kill").args(["-9", process]).status().unwrap();
    assert!(status.success(), "kill -9 {process}");
}

/// Waits until a program has said something on standard error.
#[track_caller]
pub(super) fn heard(child: &Child, text: &str) {
    wait_until(LONG, text, || child.stderr().contains(text));
}
