//! Looking for programs.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace;

/// The first program of that name on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    in_path(&env::var_os("PATH")?, name)
}

/// Whether cargo knows a subcommand such as `nextest`.
pub(crate) fn cargo_has(subcommand: &str) -> bool {
    silent(&mut workspace::cargo([subcommand, "--version"]))
}

/// Whether a command succeeds; its output is dropped.
pub(crate) fn silent(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn in_path(path: &OsStr, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).map(|dir| dir.join(&file)).find(|path| executable(path))
}

#[cfg(unix)]
fn executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_an_executable_file_is_a_program() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tool");
        let search = env::join_paths(["/popkit-no-such-folder".as_ref(), dir.path()]).unwrap();
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(in_path(&search, "tool"), None);
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(in_path(&search, "tool"), Some(path));
    }

    #[test]
    fn an_unknown_subcommand_is_not_there() {
        assert!(!cargo_has("popkit-no-such-subcommand"));
        assert!(cargo_has("fmt"));
    }
}
