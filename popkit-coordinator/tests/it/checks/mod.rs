//! Checks of a project, with real commands and a real git.

#![cfg(unix)]
// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod criteria;
mod drift;
mod readme;

use std::fs;
use std::path::Path;
use std::process::Command;

use popkit_coordinator::checks::Checks;
use popkit_coordinator::machine::{Action, Check, Verdict};
use popkit_coordinator::process::ShimCommand;
use popkit_testkit::{Scratch, scratch};
use serde_json::json;

use crate::process::example;

/// A check as the machine asks for it.
fn check(subject: &serde_json::Value, text: &str) -> Check {
    let action = json!({"check": {"subject": subject, "text": text}});
    match serde_json::from_value(action).unwrap() {
        Action::Check(check) => check,
        other => panic!("{other:?}"),
    }
}

fn criterion(text: &str) -> Check {
    check(&json!({"criterion": 0}), text)
}

fn documentation(name: &str) -> Check {
    check(&json!({"documentation": name}), name)
}

/// A folder with files, and its checks.
struct Project {
    folder: Scratch,
    checks: Checks,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = scratch();
        let shim = ShimCommand { program: example(), args: vec!["__shim".into()] };
        let mut checks = Checks::new(folder.path(), shim);
        checks = checks.with_env([
            ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into()),
            ("GIT_CEILING_DIRECTORIES".into(), folder.path().parent().unwrap().into()),
        ]);
        let project = Self { folder, checks };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Makes a repository of it, with everything committed.
    fn committed(self) -> Self {
        git(self.folder.path(), &["init", "--quiet"]);
        self.commit();
        self
    }

    fn commit(&self) {
        git(self.folder.path(), &["add", "--all"]);
        git(self.folder.path(), &["commit", "--quiet", "--message", "x"]);
    }

    async fn verdict(&self, check: &Check) -> Verdict {
        self.checks.look(check).await.verdict
    }

    /// Why it is not met.
    async fn unmet(&self, check: &Check) -> String {
        let answer = self.checks.look(check).await;
        match answer.verdict {
            Verdict::Unmet { reason } => {
                assert!(!reason.contains('\n'), "{reason}");
                reason
            }
            _ => panic!("{answer:?}"),
        }
    }

    /// Why nobody can say.
    async fn unknown(&self, check: &Check) -> String {
        let answer = self.checks.look(check).await;
        assert_eq!(answer.verdict, Verdict::Unknown, "{answer:?}");
        answer.reason.unwrap()
    }
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=x", "-c", "user.email=x@example.com"]);
    command.args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let ended = command.output().expect("git is missing: run `cargo xtask setup`");
    assert!(ended.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&ended.stderr));
}
