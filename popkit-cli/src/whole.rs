//! Writing a file as a whole.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use popkit_protocol::{IdSource as _, RandomIds};

use crate::error::CliError;
use crate::exit::Exit;

/// Links that are followed: as many as systems do.
const LINKS: usize = 40;

/// Writes a file so that readers see the old or the new text, never a part. A file that has
/// this text already is left alone; answers whether it was written. One that is there keeps its
/// mode, and a link stays and leads to the new text. A new one is for this user's eyes alone:
/// it may hold secrets.
pub(crate) fn write(path: &Path, text: &[u8]) -> Result<bool, CliError> {
    replace(path, text, true)
}

/// The same for what a project has in common: a new file has the mode of any other.
pub(crate) fn write_shared(path: &Path, text: &[u8]) -> Result<bool, CliError> {
    replace(path, text, false)
}

/// The same for this user's eyes alone, whatever is there now.
pub(crate) fn write_private(path: &Path, text: &[u8]) -> Result<(), CliError> {
    put(path, text, None, true).map_err(|e| refused(path, &e))
}

fn replace(path: &Path, text: &[u8], is_private: bool) -> Result<bool, CliError> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    let written = target(path).and_then(|target| match fs::metadata(&target) {
        Ok(old) => put(&target, text, Some(old.permissions()), true),
        Err(_) => put(&target, text, None, is_private),
    });
    written.map(|()| true).map_err(|e| refused(path, &e))
}

/// Where a link leads in the end, also to a file that is not there yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if !path.is_symlink() {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = path.parent().unwrap_or_else(|| Path::new("")).join(target);
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// Puts a draft in the place of a file. The draft has a name that nobody guesses: the folder
/// may be open to all.
fn put(path: &Path, text: &[u8], mode: Option<Permissions>, is_private: bool) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:032x}.new", RandomIds.draw()));
    let draft = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(&draft)?;
    let written = file.write_all(text).and_then(|()| {
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn refused(path: &Path, error: &io::Error) -> CliError {
    CliError::io(Exit::Failed, format!("cannot write {}", path.display()), error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> Option<u32> {
        fs::metadata(path).ok().map(|found| found.permissions().mode() & 0o777)
    }

    #[test]
    fn a_file_keeps_its_mode_and_a_new_one_is_private_unless_it_is_shared() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        assert!(write(&file, b"1").unwrap());
        assert_eq!(mode(&file), Some(0o600));
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        assert!(write(&file, b"2").unwrap() && !write(&file, b"2").unwrap());
        assert_eq!((mode(&file), fs::read(&file).unwrap()), (Some(0o640), b"2".to_vec()));
        write_private(&file, b"3").unwrap();
        assert_eq!(mode(&file), Some(0o600));
        let (shared, plain) = (dir.path().join("b"), dir.path().join("c"));
        write_shared(&shared, b"1").unwrap();
        fs::write(&plain, "1").unwrap();
        assert_eq!(mode(&shared), mode(&plain));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "no draft is left");
    }

    #[test]
    fn a_link_stays_and_leads_to_the_new_text() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        let link = dir.path().join("link");
        symlink("real/file", &link).unwrap();
        for text in ["1", "2"] {
            assert!(write(&link, text.as_bytes()).unwrap());
            assert!(link.is_symlink());
            assert_eq!(fs::read_to_string(dir.path().join("real/file")).unwrap(), text);
        }
        let around = dir.path().join("around");
        symlink("around", &around).unwrap();
        assert!(write(&around, b"1").unwrap_err().to_string().contains("circle"));
    }
}
