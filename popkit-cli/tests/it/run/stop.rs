//! Being told to stop, and being told that another is at it.

use popkit_testkit::{alive, wait_until};

use super::Stage;
use super::stage::LONG;

const LONG_TASKS: &str = r#"tasks = [
  { id = "a", command = "echo $$ > a.pid; exec sleep 600" },
  { id = "b", command = "echo $$ > b.pid; exec sleep 600" },
  { id = "c", command = "true", needs = ["a"] },
]"#;

fn nothing_is_held(stage: &Stage) {
    for task in stage.tasks() {
        assert_eq!(task["state"], "pending", "{task}");
    }
}

#[test]
fn once_the_tasks_are_given_back_after_the_grace() {
    let stage = Stage::new(LONG_TASKS);
    let mut run = stage.start(&["--agents", "2", "--grace", "200ms"]);
    let pids = ["a.pid", "b.pid"].map(|name| stage.pid(name));
    run.interrupt();
    assert_eq!(run.wait(LONG).code(), Some(130), "{}", run.stderr());
    assert!(run.stderr().contains("running tasks have 200ms to finish"), "{}", run.stderr());
    assert!(run.stderr().contains("interrupted with 0 of 3 done"), "{}", run.stderr());
    assert!(pids.iter().all(|pid| !alive(*pid)));
    nothing_is_held(&stage);
    assert_eq!(stage.count("a", "released"), 1);
}

#[test]
fn a_task_that_finishes_within_the_grace_is_done() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "touch here; while ! test -e go; do sleep 0.02; done" },
          { id = "b", command = "touch b", needs = ["a"] },
        ]"#,
    );
    let mut run = stage.start(&["--grace", "60s"]);
    wait_until(LONG, "the task", || stage.path("here").exists());
    run.terminate();
    wait_until(LONG, "the answer", || run.stderr().contains("stopping"));
    stage.write("go", "");
    assert_eq!(run.wait(LONG).code(), Some(130), "{}", run.stderr());
    assert_eq!((stage.state("a"), stage.state("b")), ("done".to_owned(), "pending".to_owned()));
    assert!(!stage.path("b").exists(), "no more is claimed");
}

#[test]
fn twice_does_not_wait_for_the_grace() {
    let stage = Stage::new(LONG_TASKS);
    let mut run = stage.start(&["--agents", "2", "--grace", "10m"]);
    let pids = ["a.pid", "b.pid"].map(|name| stage.pid(name));
    run.interrupt();
    wait_until(LONG, "the answer", || run.stderr().contains("stopping"));
    run.interrupt();
    assert_eq!(run.wait(LONG).code(), Some(130), "{}", run.stderr());
    assert!(pids.iter().all(|pid| !alive(*pid)));
    nothing_is_held(&stage);
}

#[test]
fn a_second_run_is_told_who_is_at_it() {
    let stage = Stage::new(LONG_TASKS);
    let mut run = stage.start(&["--agents", "2", "--grace", "0s"]);
    stage.pid("a.pid");
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    let who = format!("plan p is being run by process {} on ", run.id());
    assert!(ended.stderr.contains(&who) && ended.stderr.contains(" since 2"), "{}", ended.stderr);
    run.interrupt();
    run.wait(LONG);
}
