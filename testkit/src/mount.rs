//! A tmpfs, mounted through the system's `mount` program and unmounted on drop.

use std::path::Path;
use std::process::{Command, Output};

use crate::process::is_root;
use crate::scratch::{Scratch, scratch};

/// A mounted tmpfs.
#[derive(Debug)]
pub(crate) struct Mount {
    folder: Scratch,
}

impl Mount {
    /// Mounts a tmpfs of `bytes` bytes on a folder of its own; the reason where that is not possible.
    pub(crate) fn tmpfs(bytes: u64) -> Result<Self, String> {
        if !is_root() {
            return Err("only root may mount".to_owned());
        }
        if !cfg!(target_os = "linux") {
            return Err("tmpfs is known on Linux only".to_owned());
        }
        let folder = scratch();
        let size = format!("size={bytes},mode=0777");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()))?;
        Ok(Self { folder })
    }

    /// Makes it read-only, even for root.
    pub(crate) fn lock(&self) -> Result<(), String> {
        run(Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()))
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazy, since a test that failed may have left a file open on it.
        if let Err(reason) = run(Command::new("umount").arg("-l").arg(self.path())) {
            eprintln!("{} stays mounted: {reason}", self.path().display());
        }
    }
}

/// Runs a program to its end; its complaint where it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(Output { stderr, .. }) => Err(String::from_utf8_lossy(&stderr).trim().to_owned()),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_gives_its_complaint() {
        let reason = run(Command::new("sh").args(["-c", "echo no room >&2; exit 1"])).unwrap_err();
        assert_eq!(reason, "no room");
    }

    #[test]
    fn a_missing_program_is_named() {
        let reason = run(&mut Command::new("popkit-no-such-program")).unwrap_err();
        assert!(reason.starts_with("popkit-no-such-program: "), "{reason}");
    }
}
