//! A folder of its own, and the program started in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a git root, so that the state directory is known.
pub(crate) struct Room {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Out {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Room {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(".git")).unwrap();
        Self { dir, env: Vec::new() }
    }

    /// The same folder, seen with another environment variable.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.push((name.to_owned(), value.into()));
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file of the default namespace.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path().join(".popkit/default").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_popkit"));
        command.args(args).current_dir(self.path()).env_clear().env("USER", "tester");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Runs `popkit ARGS`.
    pub(crate) fn popkit(&self, args: &[&str]) -> Out {
        Out::of(self.spawn(args))
    }

    /// Runs `popkit ARGS` with this standard input.
    pub(crate) fn feed(&self, args: &[&str], input: &str) -> Out {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Out::of(child)
    }

    /// Runs `popkit task ARGS`, which must end well, and gives standard output.
    pub(crate) fn task(&self, args: &[&str]) -> String {
        let out = self.popkit(&[&["task"], args].concat());
        assert_eq!(out.code, 0, "task {args:?}: {out:?}");
        out.out
    }

    /// Runs `popkit --json task ARGS`, which must end well, and gives its objects.
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let out = self.popkit(&[&["--json", "task"], args].concat());
        assert_eq!(out.code, 0, "task {args:?}: {out:?}");
        out.lines()
    }

    /// The state of a task.
    pub(crate) fn state_of(&self, id: &str) -> String {
        self.json(&["show", id])[0]["state"].as_str().unwrap().to_owned()
    }
}

impl Out {
    pub(crate) fn of(child: Child) -> Self {
        let out = child.wait_with_output().unwrap();
        Self {
            code: out.status.code().expect("the program was killed"),
            out: String::from_utf8(out.stdout).unwrap(),
            err: String::from_utf8(out.stderr).unwrap(),
        }
    }

    /// The objects on standard output; every one has a version.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let objects = self.out.lines().map(|line| {
            assert!(line.starts_with(r#"{"v":1,"#), "{line}");
            serde_json::from_str(line).unwrap()
        });
        objects.collect()
    }

    /// Asserts a refusal: the code, one line on standard error with these words, nothing on
    /// standard output.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:?}");
        assert!(self.err.starts_with("popkit: "), "{self:?}");
        assert_eq!(self.err.trim_end().lines().count(), 1, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing in {self:?}");
        }
    }
}
