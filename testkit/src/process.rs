//! Questions about processes, and signals to them.

use std::fs;

use rustix::process::{Pid, Signal, geteuid, kill_process, test_kill_process};

/// Whether a process with this id runs.
///
/// A process that has ended and that nobody has waited for yet (a zombie) does not count as alive,
/// where the system tells (Linux).
#[must_use]
pub fn alive(pid: u32) -> bool {
    let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return false;
    };
    match test_kill_process(raw) {
        Ok(()) | Err(rustix::io::Errno::PERM) => !zombie(pid),
        Err(_) => false,
    }
}

/// Whether the tests run as root, whom permission bits do not stop.
#[must_use]
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Sends `signal` to a child that has not been reaped, so that its id cannot be another's.
#[track_caller]
pub(crate) fn signal(child: &std::process::Child, signal: Signal) {
    if let Err(error) = kill_process(Pid::from_child(child), signal) {
        panic!("signal {} to process {}: {error}", signal.as_raw(), child.id());
    }
}

/// Whether the process has ended and waits for its parent.
fn zombie(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| ended(&stat))
}

/// Reads the state letter, which follows the program's name in parentheses.
fn ended(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, id};
    use std::time::Duration;

    use super::*;

    #[test]
    fn this_process_is_alive() {
        assert!(alive(id()));
    }

    #[test]
    fn impossible_ids_are_not_alive() {
        assert!(!alive(0));
        assert!(!alive(u32::MAX));
    }

    #[test]
    fn a_reaped_process_is_not_alive() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(!alive(child.id()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_zombie_is_not_alive() {
        let mut child = Command::new("true").spawn().unwrap();
        crate::wait_until(Duration::from_secs(20), "the end of `true`", || !alive(child.id()));
        child.wait().unwrap();
    }

    #[test]
    fn the_state_is_read_after_the_last_parenthesis() {
        assert!(ended("12 (a) Z (b) Z 1"));
        assert!(!ended("12 (a) Z) S 1"));
        assert!(!ended(""));
    }
}
