//! Ending a process with the test, however the test ends.

use std::process::{Child, Command, Stdio};

/// Kills a process when this one ends, even by SIGKILL or `abort`, where no destructor runs.
///
/// A shell waits for the end of a pipe that only this process holds open. Linux could do it in the
/// child before it starts, but only through `unsafe`. Dropping the leash lets the process go.
#[derive(Debug)]
pub(super) struct Leash {
    shell: Child,
}

impl Leash {
    /// Ties a process that has not been waited for, so that its id cannot be another's.
    ///
    /// # Panics
    ///
    /// When there is no shell.
    #[track_caller]
    pub(super) fn tie(pid: u32) -> Self {
        // Ctrl-C reaches the whole group: the shell must outlive it to end a frozen process.
        let script = "trap '' HUP INT TERM; read -r _; kill -9 \"$0\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, &pid.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(shell) => Self { shell },
            Err(error) => panic!("sh does not start: {error}"),
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // Killed, not let run out: it would kill the process. Both fail only for a shell that is gone.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{alive, wait_until};

    #[test]
    fn the_end_of_the_pipe_kills() {
        let mut held = Command::new("sleep").arg("600").spawn().unwrap();
        let mut leash = Leash::tie(held.id());
        assert!(alive(held.id()));
        drop(leash.shell.stdin.take());
        let deadline = Duration::from_secs(20);
        wait_until(deadline, "the end of the tied process", || held.try_wait().unwrap().is_some());
    }

    #[test]
    fn a_dropped_leash_lets_go() {
        let mut held = Command::new("sleep").arg("600").spawn().unwrap();
        let leash = Leash::tie(held.id());
        let shell = leash.shell.id();
        drop(leash);
        assert!(!alive(shell));
        assert!(alive(held.id()));
        held.kill().unwrap();
        held.wait().unwrap();
    }
}
