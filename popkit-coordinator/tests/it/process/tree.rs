//! That nothing a run started is left, however it ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use popkit_coordinator::process::Exit;

use super::*;

/// Prints grandchild, child and shim, all of which stay.
const TREE: &str = "sleep 1000 & echo $! $$ $PPID; sleep 1000";

/// The same, and only SIGKILL ends it (the shim aside).
const STUBBORN: &str = "trap '' TERM; sleep 1000 & echo $! $$ $PPID; sleep 1000; sleep 1000";

const SHORT_GRACE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_timeout_stops_what_ignores_sigterm() {
    let mut spec = sh(STUBBORN);
    spec.grace = SHORT_GRACE;
    spec.timeout = Some(Duration::from_secs(2));
    let finished = run(spec).await.unwrap();
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.elapsed >= Duration::from_millis(2200), "{finished:?}");
    assert!(finished.elapsed < DEADLINE, "{finished:?}");
    all_gone(&pids(&finished.stdout.to_text())).await;
}

#[tokio::test]
async fn cancelling_stops_grandchildren() {
    let (finished, pids) = cancel_when_ready(sh(TREE)).await;
    assert_eq!(finished.exit, Exit::Cancelled);
    all_gone(&pids).await;
}

#[tokio::test]
async fn cancelling_stops_what_ignores_sigterm_after_the_grace_period() {
    let mut spec = sh(STUBBORN);
    spec.grace = SHORT_GRACE;
    let (finished, pids) = cancel_when_ready(spec).await;
    assert_eq!(finished.exit, Exit::Cancelled);
    assert!(finished.elapsed >= SHORT_GRACE);
    all_gone(&pids).await;
}

#[tokio::test]
async fn cancelling_reaches_a_command_that_does_not_read_its_input() {
    let mut spec = sh(TREE);
    spec.input = vec![b'x'; 1 << 20];
    let (finished, pids) = cancel_when_ready(spec).await;
    assert_eq!(finished.exit, Exit::Cancelled);
    all_gone(&pids).await;
}

#[tokio::test]
async fn cancelling_beforehand_runs_nothing() {
    let finished = runner().run(sh("sleep 1000"), async {}).await.unwrap();
    assert_eq!(finished.exit, Exit::Cancelled);
    assert!(finished.elapsed < LONG_GRACE);
}

#[tokio::test]
async fn grandchildren_have_the_grace_period_too() {
    // The outer shell dies of SIGTERM at once, the inner one takes a while.
    let spec = sh(
        "(trap 'sleep 0.3; echo cleaned up; exit' TERM; sleep 1000 & echo $!; wait; echo no); echo no",
    );
    let (finished, pids) = cancel_when_ready(spec).await;
    let text = finished.stdout.to_text();
    assert!(text.ends_with("\ncleaned up\n"), "{text}");
    all_gone(&pids).await;
}

#[tokio::test]
async fn a_background_process_does_not_hold_up_the_end() {
    let finished = run(sh("sleep 1000 & echo $!")).await.unwrap();
    assert_eq!(finished.exit, Exit::Code(0));
    // It held standard output open, but only until the group was swept.
    assert!(finished.stdout.is_complete());
    all_gone(&pids(&finished.stdout.to_text())).await;
}

#[cfg(target_os = "linux")] // for setsid
#[tokio::test]
async fn a_process_that_left_the_group_does_not_hold_up_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut spec = sh("setsid sh -c 'echo $$; : >left; exec sleep 1000' &
        until [ -e left ]; do sleep 0.01; done");
    spec.dir = Some(dir.path().to_owned());
    let started = Instant::now();
    let finished = run(spec).await.unwrap();
    assert!(started.elapsed() < DEADLINE);
    assert_eq!(finished.exit, Exit::Code(0));
    assert!(!finished.stdout.is_complete() && !finished.stderr.is_complete());
    // What it had printed is there nevertheless. It itself is out of reach.
    for pid in pids(&finished.stdout.to_text()) {
        kill_now(pid);
    }
}

#[tokio::test]
async fn a_runner_that_is_itself_a_child_leaves_nothing() {
    // Its shim must not be in the outer group when that is killed, which
    // comes before the inner grace period of a second has passed.
    let mut spec = ChildSpec::new([example()]);
    spec.argv.extend(["sh", "-c", STUBBORN].map(Into::into));
    spec.grace = SHORT_GRACE;
    let (finished, pids) = cancel_when_ready(spec).await;
    assert_eq!(finished.exit, Exit::Cancelled);
    all_gone(&pids).await;
}

#[tokio::test]
async fn killing_the_shim_sweeps_its_group() {
    let mut spec = sh(TREE);
    let mut lines = Lines::of(&mut spec);
    let (finished, pids) = tokio::join!(run(spec), async {
        let pids = lines.pids().await;
        kill_now(pids[2]);
        pids
    });
    assert_eq!(finished.unwrap().exit, Exit::Signal(9));
    all_gone(&pids).await;
}

#[tokio::test]
async fn a_shim_that_hangs_is_taken_over() {
    let mut spec = sh(TREE);
    spec.grace = SHORT_GRACE;
    let mut lines = Lines::of(&mut spec);
    let (cancel, cancelled) = oneshot::channel::<()>();
    let runner = runner();
    let run = runner.run(spec, async {
        let _ = cancelled.await;
    });
    let (finished, pids) = tokio::join!(run, async {
        let pids = lines.pids().await;
        kill_process(pids[2], Signal::STOP).unwrap();
        cancel.send(()).unwrap();
        pids
    });
    assert_eq!(finished.unwrap().exit, Exit::Cancelled);
    all_gone(&pids).await;
}

#[tokio::test]
async fn dropping_the_future_stops_the_tree() {
    let mut spec = sh(STUBBORN);
    spec.grace = SHORT_GRACE;
    let mut lines = Lines::of(&mut spec);
    let pids = while_running(run(spec), lines.pids()).await;
    all_gone(&pids).await;
}

/// Starts a runner that is a process of its own, and waits for its tree.
fn start_a_runner(command: &mut Command, script: &str) -> (Child, Vec<Pid>) {
    let mut runner = command
        .args(["sh", "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(runner.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let pids = pids(&line);
    assert_eq!(pids.len(), 3, "{line}");
    assert!(pids.iter().all(|pid| !gone(*pid)), "{pids:?}");
    (runner, pids)
}

#[tokio::test]
async fn killing_the_runner_leaves_nothing() {
    let (mut runner, pids) = start_a_runner(&mut Command::new(example()), STUBBORN);
    runner.kill().unwrap();
    runner.wait().unwrap();
    all_gone(&pids).await;
}

#[tokio::test]
async fn killing_a_runner_in_its_own_group_leaves_nothing() {
    // Then the shim has no group to move to.
    let mut command = Command::new(example());
    let (mut runner, pids) = start_a_runner(command.process_group(0), STUBBORN);
    runner.kill().unwrap();
    runner.wait().unwrap();
    all_gone(&pids).await;
}

#[tokio::test]
async fn a_command_that_ends_with_the_runner_leaves_nothing() {
    // The shim learns of both ends at once: the system continues it, with a
    // SIGHUP to the group, when the runner is gone.
    let script = STUBBORN.replace("TERM", "TERM HUP");
    let mut command = Command::new(example());
    let (mut runner, pids) = start_a_runner(command.process_group(0), &script);
    let [_, child, shim] = pids[..] else { panic!("{pids:?}") };
    kill_process(shim, Signal::STOP).unwrap();
    kill_now(child);
    runner.kill().unwrap();
    runner.wait().unwrap();
    // In case the system does not; it may be gone already.
    let _ = kill_process(shim, Signal::CONT);
    all_gone(&pids).await;
}
