//! Tests of the handle on a child process.

use std::os::unix::process::ExitStatusExt;

use super::*;
use crate::{alive, scratch, wait_until};

const LONG: Duration = Duration::from_secs(20);

fn sh(script: &str) -> Child {
    Child::spawn(Command::new("sh").args(["-c", script]))
}

#[test]
fn collects_output_and_status() {
    let mut child = sh("echo out; echo err >&2; exit 3");
    assert_eq!(child.wait(LONG).code(), Some(3));
    assert_eq!((child.stdout().as_str(), child.stderr().as_str()), ("out\n", "err\n"));
    assert_eq!(child.try_wait().and_then(|status| status.code()), Some(3));
}

#[test]
fn takes_environment_and_folder_from_the_command() {
    let folder = scratch();
    let mut command = Command::new("sh");
    command.args(["-c", "echo $WORD; pwd -P"]).env("WORD", "here").current_dir(folder.path());
    let mut child = Child::spawn(&mut command);
    assert!(child.wait(LONG).success());
    let path = folder.path().canonicalize().unwrap();
    assert_eq!(child.stdout(), format!("here\n{}\n", path.display()));
}

#[test]
fn more_output_than_a_pipe_holds_does_not_block() {
    let mut child = sh("head -c 300000 /dev/zero");
    assert!(child.wait(LONG).success());
    assert_eq!(child.stdout().len(), 300_000);
}

#[test]
fn kill9_ends_a_process_that_ignores_requests() {
    let mut child = sh("trap '' TERM INT; echo ready; while :; do sleep 0.1; done");
    child.wait_stdout(LONG, "ready");
    child.terminate();
    child.interrupt();
    child.kill9();
    assert_eq!(child.wait(LONG).signal(), Some(9));
    child.kill9();
}

#[test]
fn terminate_and_interrupt_reach_handlers() {
    for (send, name) in [(Child::terminate as fn(&mut Child), "TERM"), (Child::interrupt, "INT")] {
        let mut child = sh(&format!(
            "trap 'echo got; exit 7' {name}; echo ready; while :; do sleep 0.05; done"
        ));
        child.wait_stdout(LONG, "ready");
        send(&mut child);
        assert_eq!(child.wait(LONG).code(), Some(7), "{name}");
        assert!(child.stdout().ends_with("got\n"), "{name}");
    }
}

#[test]
fn a_stopped_process_does_nothing_until_resumed() {
    let mut child = sh("trap 'echo got; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    child.wait_stdout(LONG, "ready");
    child.stop();
    child.terminate();
    assert!(alive(child.id()));
    assert_eq!(poll(Duration::from_millis(100), || child.try_wait()), None);
    assert_eq!(child.stdout(), "ready\n");
    child.cont();
    assert!(child.wait(LONG).success());
    assert_eq!(child.stdout(), "ready\ngot\n");
}

#[test]
fn drop_kills_and_reaps() {
    let child = Child::spawn(Command::new("sleep").arg("600"));
    let pid = child.id();
    assert!(alive(pid));
    drop(child);
    assert!(!alive(pid));
}

#[test]
fn drop_ends_a_stopped_process() {
    let mut child = Child::spawn(Command::new("sleep").arg("600"));
    let pid = child.id();
    child.stop();
    drop(child);
    assert!(!alive(pid));
}

#[test]
fn a_grandchild_that_keeps_the_pipe_does_not_hold_up_wait() {
    let mut child = sh("sleep 600 & echo $!");
    assert!(child.wait(LONG).success());
    let grandchild: u32 = child.stdout().trim().parse().unwrap();
    assert!(alive(grandchild));
    let mut end = Child::spawn(Command::new("kill").args(["-9", &grandchild.to_string()]));
    assert!(end.wait(LONG).success());
    wait_until(LONG, "the end of the grandchild", || !alive(grandchild));
}

#[test]
#[should_panic(expected = "sleep still runs after 10ms")]
fn a_late_process_fails_the_test() {
    Child::spawn(Command::new("sleep").arg("600")).wait(Duration::from_millis(10));
}

#[test]
#[should_panic(expected = "did not write \"ready\"")]
fn an_end_without_the_text_fails_at_once() {
    sh("echo other").wait_stdout(LONG, "ready");
}

#[test]
#[should_panic(expected = "popkit-no-such-program does not start")]
fn a_missing_program_is_named() {
    let _ = Child::spawn(&mut Command::new("popkit-no-such-program"));
}

#[test]
fn a_program_finds_itself_on_a_terminal() {
    let script = "test -t 0 && test -t 2 && ! test -t 1 && echo seen; echo said >&2";
    let mut child = Child::on_terminal(Command::new("sh").args(["-c", script]));
    assert!(child.wait(LONG).success());
    assert_eq!((child.stdout().as_str(), child.stderr().as_str()), ("seen\n", "said\r\n"));
    let mut child = sh("test -t 0 || test -t 2 || echo none");
    child.wait(LONG);
    assert_eq!(child.stdout(), "none\n");
}
