//! Which start of the machine this is.
//!
//! Readers see messages before they are synced, and their cursors may be safer than the log: after
//! a power cut a number may be given out again that somebody had read. So the first append after
//! a start of the machine goes on in a segment that counts one more repair, and the reader knows.

use std::sync::OnceLock;

/// A number that differs from start to start of the machine; 0 where the system tells none.
pub(in crate::backend::file) fn boot() -> u64 {
    static BOOT: OnceLock<u64> = OnceLock::new();
    *BOOT.get_or_init(|| name().map_or(0, |name| digest(name.trim().as_bytes())))
}

fn digest(name: &[u8]) -> u64 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(name);
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)).max(1)
}

#[cfg(target_os = "linux")]
fn name() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

#[cfg(target_os = "macos")]
fn name() -> Option<String> {
    let mut ask = std::process::Command::new("/usr/sbin/sysctl");
    let answer = ask.args(["-n", "kern.bootsessionuuid"]).output().ok()?;
    String::from_utf8(answer.stdout).ok().filter(|name| !name.trim().is_empty())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn name() -> Option<String> {
    None
}
