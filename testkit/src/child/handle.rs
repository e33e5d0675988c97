//! The handle on a child process.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use super::capture::Capture;
use crate::process;
use crate::pty;
use crate::wait::poll;

/// How long each pipe is read on once the process has ended and something else holds it open.
const SETTLE: Duration = Duration::from_millis(500);

/// A running program whose output is collected in memory; killed and reaped on drop.
///
/// Only the program itself is killed, not what it has started: whether its children outlive it is
/// what some tests ask. It stays in the test's process group, so a test runner that ends the group
/// ends the program too.
///
/// ```
/// use std::{process::Command, time::Duration};
/// use popkit_testkit::Child;
///
/// let mut child = Child::spawn(Command::new("sh").args(["-c", "echo ready; exec sleep 60"]));
/// child.wait_stdout(Duration::from_secs(10), "ready");
/// child.kill9();
/// assert!(!child.wait(Duration::from_secs(10)).success());
/// ```
#[derive(Debug)]
pub struct Child {
    name: String,
    child: std::process::Child,
    stdout: Capture,
    stderr: Capture,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts `command` with its own arguments, environment and folder; stdin is empty.
    ///
    /// # Panics
    ///
    /// When the program cannot be started.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("{name} does not start: {error}"),
        };
        let stdout = Capture::start(child.stdout.take());
        let stderr = Capture::start(child.stderr.take());
        Self { name, child, stdout, stderr, ended: None }
    }

    /// Starts `command` as a person does: stdin and stderr are a terminal. Nobody types, and the
    /// lines that [`stderr`](Self::stderr) gives end as on a terminal, with `\r\n`.
    ///
    /// # Panics
    ///
    /// When the program cannot be started, or there are no pseudo-terminals.
    #[track_caller]
    pub fn on_terminal(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let (outside, inside) = pty::pair();
        let other = match inside.try_clone() {
            Ok(other) => other,
            Err(error) => panic!("the terminal of {name}: {error}"),
        };
        command.stdin(inside).stdout(Stdio::piped()).stderr(other);
        let started = command.spawn();
        // The command holds the program's side open else, and the output would have no end.
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = match started {
            Ok(child) => child,
            Err(error) => panic!("{name} does not start: {error}"),
        };
        let stdout = Capture::start(child.stdout.take());
        let stderr = Capture::start(Some(outside));
        Self { name, child, stdout, stderr, ended: None }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the program has written to stdout so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What the program has written to stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Ends the process at once with SIGKILL, as a crash of the machine would.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.signal(Signal::KILL);
    }

    /// Freezes the process with SIGSTOP, as a suspended laptop or a long pause would.
    #[track_caller]
    pub fn stop(&mut self) {
        self.signal(Signal::STOP);
    }

    /// Resumes a process frozen by [`stop`](Self::stop).
    #[track_caller]
    pub fn cont(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Asks the process to end, with SIGTERM.
    #[track_caller]
    pub fn terminate(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Interrupts the process with SIGINT, as Ctrl-C does.
    #[track_caller]
    pub fn interrupt(&mut self) {
        self.signal(Signal::INT);
    }

    /// The exit status, once the process has ended.
    ///
    /// # Panics
    ///
    /// When the system refuses to tell.
    #[track_caller]
    pub fn try_wait(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = match self.child.try_wait() {
                Ok(status) => status,
                Err(error) => panic!("{} ({}): {error}", self.name, self.id()),
            };
        }
        self.ended
    }

    /// Waits for the process to end, and for the rest of its output.
    ///
    /// # Panics
    ///
    /// When it still runs after `deadline`, with its output in the message.
    #[track_caller]
    pub fn wait(&mut self, deadline: Duration) -> ExitStatus {
        let Some(status) = poll(deadline, || self.try_wait()) else {
            panic!("{} still runs after {deadline:?}{}", self.name, self.output());
        };
        self.stdout.settle(SETTLE);
        self.stderr.settle(SETTLE);
        status
    }

    /// Waits until stdout contains `text`.
    ///
    /// # Panics
    ///
    /// When `deadline` has passed, or the process has ended, without it.
    #[track_caller]
    pub fn wait_stdout(&mut self, deadline: Duration, text: &str) {
        let found = poll(deadline, || {
            // Looked at first: what is written before the end may arrive just after it.
            let ended = self.try_wait().is_some();
            if ended {
                self.stdout.settle(SETTLE);
            }
            let found = self.stdout().contains(text);
            (found || ended).then_some(found)
        });
        if found != Some(true) {
            panic!("{} did not write {text:?} within {deadline:?}{}", self.name, self.output());
        }
    }

    /// Sends a signal; a process that has ended by itself takes none and is left in peace.
    #[track_caller]
    fn signal(&mut self, signal: Signal) {
        // Until `try_wait` has seen the end, the process id is still this child's.
        if self.try_wait().is_none() {
            process::signal(&self.child, signal);
        }
    }

    /// The output so far, for a message.
    fn output(&self) -> String {
        format!("\n--- stdout\n{}\n--- stderr\n{}", self.stdout(), self.stderr())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // Both fail only for a process that is gone, which is what is wanted.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests;
