//! A folder in which nobody can write.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::mount::Mount;
use crate::process::is_root;
use crate::scratch::{Scratch, scratch};

/// Room for what a test puts in before the folder is locked.
const ROOM: u64 = 16 * 1024 * 1024;

/// A folder in which nothing can be written, made or removed.
///
/// For an ordinary user the permission bits see to that; root walks past them, so root gets a
/// read-only mount.
#[derive(Debug)]
pub struct ReadOnlyDir {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Bits(Scratch),
    Mount(Mount),
}

impl ReadOnlyDir {
    /// Makes a folder, lets `fill` write into it, then locks it with everything inside.
    ///
    /// `None` where the tests run as root without the right to mount; the reason goes to stderr.
    ///
    /// # Panics
    ///
    /// When the folder cannot be made or its bits cannot be changed.
    #[track_caller]
    pub fn new(fill: impl FnOnce(&Path)) -> Option<Self> {
        if is_root() {
            match Self::mounted(fill) {
                Ok(dir) => Some(dir),
                Err(reason) => {
                    eprintln!("no read-only folder for root: {reason}");
                    None
                }
            }
        } else {
            let folder = scratch();
            fill(folder.path());
            if let Err(error) = set_bits(folder.path(), 0o555, 0o444) {
                panic!("permission bits in {}: {error}", folder.path().display());
            }
            Some(Self { place: Place::Bits(folder) })
        }
    }

    fn mounted(fill: impl FnOnce(&Path)) -> Result<Self, String> {
        let mount = Mount::tmpfs(ROOM)?;
        fill(mount.path());
        mount.lock()?;
        Ok(Self { place: Place::Mount(mount) })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        match &self.place {
            Place::Bits(folder) => folder.path(),
            Place::Mount(mount) => mount.path(),
        }
    }

    /// A path inside it; nothing is created.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }
}

impl Drop for ReadOnlyDir {
    fn drop(&mut self) {
        if let Place::Bits(folder) = &self.place {
            // Otherwise the folder could not be emptied, and so not be removed.
            if let Err(error) = set_bits(folder.path(), 0o755, 0o644) {
                eprintln!("{} stays: {error}", folder.path().display());
            }
        }
    }
}

/// Sets the permission bits of a folder and of all that is in it; links are left alone.
fn set_bits(dir: &Path, folders: u32, files: u32) -> io::Result<()> {
    fs::set_permissions(dir, Permissions::from_mode(folders | 0o700))?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            set_bits(&entry.path(), folders, files)?;
        } else if kind.is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(files))?;
        }
    }
    fs::set_permissions(dir, Permissions::from_mode(folders))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(dir: &Path) {
        fs::create_dir(dir.join("sub")).unwrap();
        fs::write(dir.join("sub/old"), "kept").unwrap();
    }

    /// Where root may not mount there is nothing to prove but that the helper says so.
    #[test]
    fn refuses_writes_and_keeps_what_is_there() {
        let Some(dir) = ReadOnlyDir::new(filled) else {
            assert!(is_root() && Mount::tmpfs(ROOM).is_err());
            return;
        };
        assert_eq!(fs::read_to_string(dir.join("sub/old")).unwrap(), "kept");
        assert!(fs::write(dir.join("new"), "x").is_err());
        assert!(fs::write(dir.join("sub/old"), "x").is_err());
        assert!(fs::remove_file(dir.join("sub/old")).is_err());
        let path = dir.path().to_path_buf();
        drop(dir);
        assert!(!path.exists());
    }

    #[test]
    fn bits_are_set_throughout_and_can_be_set_back() {
        let folder = scratch();
        filled(folder.path());
        let mode = |name: &str| folder.join(name).metadata().unwrap().permissions().mode() & 0o777;
        set_bits(folder.path(), 0o555, 0o444).unwrap();
        assert_eq!((mode("sub"), mode("sub/old")), (0o555, 0o444));
        set_bits(folder.path(), 0o755, 0o644).unwrap();
        assert_eq!((mode("sub"), mode("sub/old")), (0o755, 0o644));
    }
}
