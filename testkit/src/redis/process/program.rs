//! The programs of the system that servers need.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The oldest version that popkit supports; `cargo xtask setup` asks for the same.
const OLDEST: (u32, u32) = (7, 0);

/// The command that starts a server.
///
/// # Panics
///
/// When there is none, or when it is too old.
#[track_caller]
pub(super) fn redis_server() -> Command {
    static VERDICT: OnceLock<Result<(), String>> = OnceLock::new();
    if let Err(reason) = VERDICT.get_or_init(|| examine("redis-server")) {
        panic!("{reason}: run `cargo xtask setup`");
    }
    Command::new("redis-server")
}

/// Runs `openssl` in a folder.
///
/// # Panics
///
/// When there is none, or when it fails.
#[track_caller]
pub(crate) fn openssl(folder: &Path, args: &[&str]) {
    let mut command = Command::new("openssl");
    match command.args(args).current_dir(folder).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let action = args.first().unwrap_or(&"");
            let complaint = String::from_utf8_lossy(&output.stderr);
            panic!("openssl {action} failed: {}", complaint.trim());
        }
        Err(error) => panic!("{}: run `cargo xtask setup`", absent("openssl", &error)),
    }
}

/// Whether a program is a server that is new enough; what is wrong with it where not.
fn examine(program: &str) -> Result<(), String> {
    let mut command = Command::new(program);
    let output = command
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| absent(program, &error))?;
    judge(String::from_utf8_lossy(&output.stdout).trim())
}

fn judge(line: &str) -> Result<(), String> {
    match version(line) {
        Some(found) if found >= OLDEST => Ok(()),
        Some((major, minor)) => {
            Err(format!("redis-server {major}.{minor} is older than {}.{}", OLDEST.0, OLDEST.1))
        }
        None => Err(format!("redis-server does not tell its version ({line:?})")),
    }
}

/// Reads `Redis server v=7.0.15 sha=00000000:0 …`; Valkey writes the same form.
fn version(line: &str) -> Option<(u32, u32)> {
    let text = line.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn absent(program: &str, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("{program} is not in PATH"),
        _ => format!("{program} does not start ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_server_is_named() {
        let reason = examine("popkit-no-such-program").unwrap_err();
        assert_eq!(reason, "popkit-no-such-program is not in PATH");
    }

    #[test]
    fn the_version_decides() {
        assert_eq!(judge("Redis server v=7.0.15 sha=00000000:0 bits=64"), Ok(()));
        assert_eq!(judge("Valkey server v=10.1.0 sha=00000000:0"), Ok(()));
        let old = judge("Redis server v=6.2.14 sha=00000000:0").unwrap_err();
        assert_eq!(old, "redis-server 6.2 is older than 7.0");
        let odd = judge("7.0.15").unwrap_err();
        assert_eq!(odd, "redis-server does not tell its version (\"7.0.15\")");
    }
}
