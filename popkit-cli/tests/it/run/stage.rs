//! A folder with a plan in it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use popkit_testkit::{Child, Scratch, scratch, wait_for};
use serde_json::Value;

/// How long anything may take on a machine that is busy.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// The folder of one test: a plan, and what its tasks write.
pub(super) struct Stage {
    scratch: Scratch,
}

/// What a run that ended left behind.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Stage {
    /// A plan with these tasks, in TOML.
    pub(super) fn new(tasks: &str) -> Self {
        let stage = Self { scratch: scratch() };
        stage.plan(tasks);
        stage
    }

    /// Writes the plan anew.
    pub(super) fn plan(&self, tasks: &str) {
        self.write("p.toml", &format!("objective = \"test\"\n{tasks}"));
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.scratch.join(name), text).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scratch.join(name)
    }

    /// What a file holds; nothing where there is none.
    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.scratch.join(name)).unwrap_or_default()
    }

    /// The program in this folder, without what a surrounding run may have set.
    pub(super) fn popkit(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_popkit"));
        command.current_dir(self.scratch.path()).args(args);
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited.filter(|name| name.to_string_lossy().starts_with("POPKIT_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs the plan to its end.
    pub(super) fn run(&self, args: &[&str]) -> Ended {
        self.popkit(&[&["run", "p.toml"], args].concat()).output().unwrap().into()
    }

    /// Starts a run.
    pub(super) fn start(&self, args: &[&str]) -> Child {
        Child::spawn(&mut self.popkit(&[&["run", "p.toml"], args].concat()))
    }

    /// The process id that a task wrote to this file.
    pub(super) fn pid(&self, name: &str) -> u32 {
        wait_for(LONG, "the process id of a task", || self.read(name).trim().parse().ok())
    }

    /// Tasks as `popkit task list --json` has them.
    pub(super) fn tasks(&self) -> Vec<Value> {
        self.json(&["task", "list", "--plan", "p", "--json"])
    }

    /// The state of one task.
    pub(super) fn state(&self, id: &str) -> String {
        let tasks = self.tasks();
        let task = tasks.iter().find(|task| task["id"] == id);
        task.map(|task| task["state"].as_str().unwrap().to_owned()).unwrap_or_default()
    }

    /// How often this happened to a task.
    pub(super) fn count(&self, id: &str, event: &str) -> usize {
        let events = self.json(&["task", "history", id, "--plan", "p", "--json"]);
        events.iter().filter(|value| value["event"] == event).count()
    }

    fn json(&self, args: &[&str]) -> Vec<Value> {
        let ended: Ended = self.popkit(args).output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
