//! Process groups.

use rustix::process::{Pid, Signal, kill_process_group, setpgid, test_kill_process_group};

/// Sends SIGTERM to every member of the group.
pub(super) fn terminate(group: Pid) {
    // Fails only when no member is left, which is what is wanted.
    let _ = kill_process_group(group, Signal::TERM);
}

/// Sends SIGKILL to every member of the group.
pub(super) fn kill(group: Pid) {
    // As above.
    let _ = kill_process_group(group, Signal::KILL);
}

/// Whether the group has members, zombies included.
pub(super) fn has_members(group: Pid) -> bool {
    test_kill_process_group(group).is_ok()
}

/// Moves this process into another group of its session.
pub(super) fn join(group: Pid) -> bool {
    setpgid(None, Some(group)).is_ok()
}

/// The group that `process` belongs to, if this process can see it.
#[cfg(target_os = "linux")]
pub(super) fn of(process: Pid) -> Option<Pid> {
    // Not getpgid: the group of a process that came into a PID namespace from
    // outside (bwrap, unshare) is 0, which rustix takes for impossible.
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    let stat = std::fs::read(path).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // "pid (name) state ppid pgrp …", where the name may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    Pid::from_raw(fields.split_whitespace().nth(2)?.parse().ok()?)
}

/// The group that `process` belongs to, if this process can see it.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(process: Pid) -> Option<Pid> {
    rustix::process::getpgid(Some(process)).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_own_group_is_found() {
        let me = rustix::process::getpid();
        assert_eq!(super::of(me), Some(rustix::process::getpgrp()));
        assert!(super::has_members(rustix::process::getpgrp()));
    }
}
