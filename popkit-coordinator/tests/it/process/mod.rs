//! Real child processes: outcomes (`outcome`) and that nothing outlives its
//! run (`tree`). The shim and the runner to kill are the example
//! `child_process`, which cargo builds along with the tests.

#![cfg(unix)]
// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod outcome;
mod tree;

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::process::{ChildSpec, Finished, ProcessError, Runner, ShimCommand};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

/// Far beyond what anything here takes; a limit for broken code only.
const DEADLINE: Duration = Duration::from_secs(30);

/// A time within which no test wants to see a grace period end.
const LONG_GRACE: Duration = Duration::from_secs(20);

pub(crate) fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let example = target.join("examples/child_process");
    assert!(
        example.is_file(),
        "{example:?} is missing: run `cargo build -p popkit-coordinator --examples`"
    );
    example
}

fn runner() -> Runner {
    Runner::new(ShimCommand { program: example(), args: vec!["__shim".into()] })
}

fn sh(script: &str) -> ChildSpec {
    let mut spec = ChildSpec::new(["sh", "-c", script]);
    spec.grace = LONG_GRACE;
    spec
}

async fn run(spec: ChildSpec) -> Result<Finished, ProcessError> {
    runner().run(spec, std::future::pending()).await
}

/// The lines a child prints, while it runs.
struct Lines(mpsc::UnboundedReceiver<String>);

impl Lines {
    fn of(spec: &mut ChildSpec) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        spec.on_line = Some(Arc::new(move |_, line: &str| {
            let _ = sender.send(line.to_owned());
        }));
        Self(receiver)
    }

    async fn next(&mut self) -> String {
        let line = tokio::time::timeout(DEADLINE, self.0.recv()).await;
        line.expect("no line in time").expect("no more lines")
    }

    /// The next line, as process ids.
    async fn pids(&mut self) -> Vec<Pid> {
        pids(&self.next().await)
    }
}

/// Process ids from a line, also from one of the example's.
fn pids(line: &str) -> Vec<Pid> {
    line.trim_start_matches("Stdout: ")
        .split_whitespace()
        .map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap())
        .collect()
}

/// Runs `spec` and cancels it when it has printed its first line, process ids.
async fn cancel_when_ready(mut spec: ChildSpec) -> (Finished, Vec<Pid>) {
    let mut lines = Lines::of(&mut spec);
    let (cancel, cancelled) = oneshot::channel::<()>();
    let runner = runner();
    let run = runner.run(spec, async {
        let _ = cancelled.await;
    });
    let (finished, pids) = tokio::join!(run, async {
        let pids = lines.pids().await;
        assert!(pids.iter().all(|pid| !gone(*pid)), "{pids:?}");
        cancel.send(()).unwrap();
        pids
    });
    (finished.unwrap(), pids)
}

/// Polls both and returns what `event` gives; `run` must not end before.
async fn while_running<T>(run: impl Future, event: impl Future<Output = T>) -> T {
    let mut run = pin!(run);
    tokio::select! {
        _ = &mut run => panic!("the run ended too early"),
        value = event => value,
    }
}

fn kill_now(pid: Pid) {
    kill_process(pid, Signal::KILL).unwrap();
}

/// Whether a process has ended. A zombie has: in some containers nobody reaps
/// orphans, and that is not what is tested here.
fn gone(pid: Pid) -> bool {
    let pid = pid.as_raw_nonzero().to_string();
    let ps = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid]).output().unwrap();
    let stat = String::from_utf8(ps.stdout).unwrap();
    stat.trim().is_empty() || stat.trim().starts_with('Z')
}

async fn all_gone(pids: &[Pid]) {
    let started = Instant::now();
    while let Some(alive) = pids.iter().find(|pid| !gone(**pid)) {
        assert!(started.elapsed() < DEADLINE, "{alive:?} of {pids:?} is alive");
        sleep(Duration::from_millis(10)).await;
    }
}

fn variable(name: &str, value: &str) -> (OsString, OsString) {
    (name.into(), value.into())
}
