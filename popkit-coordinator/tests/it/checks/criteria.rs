//! Criteria that are commands, and those that are not.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::checks::Checker;
use popkit_coordinator::machine::Verdict;

use super::{Project, criterion, documentation};

#[tokio::test]
async fn a_command_that_succeeds_is_met() {
    let project = Project::new(&[("a.txt", "")]);
    assert_eq!(project.verdict(&criterion("$ test -f a.txt")).await, Verdict::Met);
    assert_eq!(project.verdict(&criterion("command: test -f a.txt && true")).await, Verdict::Met);
}

#[tokio::test]
async fn a_command_that_fails_says_how_it_ended_and_what_it_printed() {
    let project = Project::new(&[]);
    let reason = project.unmet(&criterion("$ printf '1\\n\\n2 \\033[31mred\\n'; exit 3")).await;
    assert_eq!(reason, "exit code 3: 1 / 2 red");
    let reason = project.unmet(&criterion("$ echo out; seq 9 >&2; exit 1")).await;
    assert_eq!(reason, "exit code 1: 5 / 6 / 7 / 8 / 9");
    assert_eq!(project.unmet(&criterion("$ false")).await, "exit code 1");
    let reason = project.unmet(&criterion("$ head -c 100000 /dev/zero | tr '\\0' x; exit 1")).await;
    assert!(reason.len() < 1100, "{}", reason.len());
}

#[tokio::test]
async fn a_command_has_its_time() {
    let mut project = Project::new(&[]);
    project.checks = project.checks.with_timeout(Duration::from_millis(1));
    let reason = project.unmet(&criterion("$ sleep 600")).await;
    assert_eq!(reason, "timed out after 0 s");
}

#[tokio::test]
async fn words_are_for_a_person() {
    let project = Project::new(&[]);
    let reason = project.unknown(&criterion("the tests pass")).await;
    assert_eq!(reason, "it is no command; write `$ COMMAND` to have it checked");
    let checker: Arc<dyn Checker> = Arc::new(project.checks.clone());
    assert_eq!(checker.check(&criterion("the tests pass")).await, Verdict::Unknown);
}

#[tokio::test]
async fn a_command_that_cannot_be_started_is_unknown() {
    let mut project = Project::new(&[]);
    project.checks = project.checks.with_env([("PATH".into(), "/nowhere".into())]);
    let reason = project.unknown(&criterion("$ true")).await;
    assert!(
        reason.starts_with("the command cannot be run: command \"sh\" was not found"),
        "{reason}"
    );
}

#[tokio::test]
async fn commands_of_others_are_not_run() {
    let mut project = Project::new(&[]);
    project.checks = project.checks.without_commands();
    let reason = project.unknown(&criterion("$ touch a.txt")).await;
    assert_eq!(reason, "commands are not run here");
    assert!(!project.folder.join("a.txt").exists());
}

#[tokio::test]
async fn a_check_of_the_documentation_may_be_a_command() {
    let project = Project::new(&[("docs/a.md", "")]);
    assert_eq!(project.verdict(&documentation("$ ls docs/a.md")).await, Verdict::Met);
    let reason = project.unknown(&documentation("links_work")).await;
    assert_eq!(reason, "there is no check \"links_work\"; write `$ COMMAND`");
}

#[tokio::test]
async fn secrets_of_the_environment_are_not_shown() {
    let mut project = Project::new(&[]);
    project.checks = project.checks.with_env([("TOKEN".into(), "hunter2".into())]);
    let shown = format!("{:?}", project.checks);
    assert!(shown.contains("TOKEN") && !shown.contains("hunter2"), "{shown}");
}
