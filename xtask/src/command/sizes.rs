//! `cargo xtask sizes`: no Rust file past its limit.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::Fault;
use crate::step;
use crate::workspace;

/// Lines that a file may have, tests included.
const LIMIT: usize = 400;

/// Lists the files past the limit; fails when there are any.
pub(crate) fn run() -> Result<(), Fault> {
    let root = workspace::root();
    let mut over = 0_usize;
    for file in files(&root)? {
        let lines = lines(&root.join(&file))?;
        if lines > LIMIT {
            println!("{}: {lines} lines", file.display());
            over += 1;
        }
    }
    if over == 0 {
        return Ok(());
    }
    let wrong = format!("{over} Rust file(s) over {LIMIT} lines");
    Err(Fault::new(wrong, "split them by type or operation, see CONTRIBUTING.md"))
}

/// The Rust files that git tracks or would track.
fn files(root: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"]);
    let output = command
        .current_dir(root)
        .output()
        .map_err(|error| step::unstartable("git ls-files", &error))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Fault::new(
            format!("`git ls-files` failed: {reason}"),
            "run it in a git clone",
        ));
    }
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(path).collect())
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::new(&*String::from_utf8_lossy(name)))
}

/// Counts lines; a file that git still tracks and that is deleted has none.
fn lines(file: &Path) -> Result<usize, Fault> {
    match std::fs::read(file) {
        Ok(text) => Ok(count(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => {
            Err(Fault::new(format!("cannot read {}: {error}", file.display()), "make it readable"))
        }
    }
}

/// A last line without its end counts too.
fn count(text: &[u8]) -> usize {
    text.split_inclusive(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines() {
        for (text, lines) in [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)] {
            assert_eq!(count(text.as_bytes()), lines, "{text:?}");
        }
    }

    #[test]
    fn a_deleted_file_has_no_lines() {
        assert_eq!(lines(Path::new("/popkit-no-such-file.rs")), Ok(0));
    }

    #[test]
    fn finds_tracked_and_new_files_but_no_ignored_ones() {
        let dir = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| {
            let done = Command::new("git").args(args).current_dir(dir.path()).output().unwrap();
            assert!(done.status.success(), "{done:?}");
        };
        git(&["init", "--quiet"]);
        std::fs::create_dir(dir.path().join("target")).unwrap();
        for name in ["old.rs", "new.rs", "note.txt", "target/made.rs"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::write(dir.path().join(".gitignore"), "/target\n").unwrap();
        git(&["add", "old.rs"]);
        let mut found = files(dir.path()).unwrap();
        found.sort();
        assert_eq!(found, [PathBuf::from("new.rs"), PathBuf::from("old.rs")]);
    }
}
