//! A folder that belongs to one test.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder for one test, removed on drop.
///
/// With `POPKIT_KEEP` set in the environment the folder stays, and its path is printed to stderr.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Removes the folder when dropped; absent when the folder is kept.
    _owner: Option<TempDir>,
}

/// Makes an empty [`Scratch`] folder in the system's temporary folder.
///
/// # Panics
///
/// When the folder cannot be made.
#[track_caller]
#[must_use]
pub fn scratch() -> Scratch {
    Scratch::make(env::var_os("POPKIT_KEEP").as_deref())
}

impl Scratch {
    #[track_caller]
    fn make(keep: Option<&OsStr>) -> Self {
        let dir = match tempfile::Builder::new().prefix("popkit-test-").tempdir() {
            Ok(dir) => dir,
            Err(error) => panic!("no scratch folder in {}: {error}", env::temp_dir().display()),
        };
        if keep.is_some_and(|value| !value.is_empty()) {
            let path = dir.keep();
            eprintln!("kept (POPKIT_KEEP): {}", path.display());
            return Self { path, _owner: None };
        }
        Self { path: dir.path().to_path_buf(), _owner: Some(dir) }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path inside the folder; nothing is created.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn is_removed_with_its_content() {
        let scratch = Scratch::make(None);
        fs::write(scratch.join("a"), "x").unwrap();
        let path = scratch.path().to_path_buf();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn an_empty_variable_does_not_keep() {
        let path = Scratch::make(Some(OsStr::new(""))).path().to_path_buf();
        assert!(!path.exists());
    }

    #[test]
    fn is_kept_when_asked() {
        let path = Scratch::make(Some(OsStr::new("1"))).path().to_path_buf();
        assert!(path.is_dir());
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn no_two_share_a_folder() {
        assert_ne!(scratch().path(), scratch().path());
    }
}
