//! A file system that fills up after a few bytes.

use std::path::{Path, PathBuf};

use crate::mount::Mount;

/// A tiny file system, unmounted on drop.
#[derive(Debug)]
pub struct SmallFs {
    mount: Mount,
}

/// Mounts a file system that holds about `bytes` bytes (whole pages), for tests of a full disk.
///
/// `None` where mounting is not possible (it takes root on Linux); the reason goes to stderr. A test
/// that gets `None` brings about the same error another way, or says that it proves nothing here.
#[must_use]
pub fn small_fs(bytes: u64) -> Option<SmallFs> {
    match Mount::tmpfs(bytes) {
        Ok(mount) => Some(SmallFs { mount }),
        Err(reason) => {
            eprintln!("no small file system: {reason}");
            None
        }
    }
}

impl SmallFs {
    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.mount.path()
    }

    /// A path inside it; nothing is created.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::*;

    /// Where mounting is refused there is nothing to prove but that the helper says so.
    #[test]
    fn is_full_after_its_size() {
        let Some(fs_) = small_fs(64 * 1024) else {
            assert!(Mount::tmpfs(64 * 1024).is_err());
            return;
        };
        fs::write(fs_.join("fits"), vec![0; 16 * 1024]).unwrap();
        let error = fs::write(fs_.join("too-big"), vec![0; 128 * 1024]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        let path = fs_.path().to_path_buf();
        drop(fs_);
        assert!(!path.exists());
    }
}
