//! Reading a file, and replacing it as a whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::FileError;

/// Bytes of the largest file that is read.
const MOST: u64 = 8 * 1024 * 1024;
/// How often a change of somebody else is taken in before that is given up.
const TRIES: usize = 16;
/// Files that were moved aside and kept.
const ASIDE: u32 = 1000;

/// What came of a change.
#[derive(Debug)]
pub(super) struct Changed<T> {
    pub(super) value: T,
    pub(super) moved_aside: Option<PathBuf>,
}

/// The content; `None` where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| FileError::io("read", path, e))?,
    };
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| FileError::io("read", path, e))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST {
        return Err(FileError::unreadable(path, "it is larger than 8 MiB"));
    }
    Ok(Some(bytes))
}

/// Makes new content of the old one, while no other process of popkit does. What is unreadable
/// is moved aside first. Nothing is written where the content stays the same.
pub(super) fn change<T>(
    path: &Path,
    make: impl Fn(Option<&[u8]>) -> Result<(Vec<u8>, T), FileError>,
) -> Result<Changed<T>, FileError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| FileError::io("make the folder of", path, e))?;
    }
    let _turn = lock(path)?;
    let mut moved_aside = None;
    for _ in 0..TRIES {
        let made = read(path).and_then(|old| {
            let (new, value) = make(old.as_deref())?;
            Ok((old, new, value))
        });
        let (old, new, value) = match made {
            Err(FileError::Unreadable { reason, .. }) => {
                let aside = move_aside(path)?;
                tracing::warn!(path = %path.display(), aside = %aside.display(), reason,
                    "an unreadable file was moved aside");
                moved_aside = Some(aside);
                continue;
            }
            made => made?,
        };
        if old.as_deref() == Some(&new[..]) {
            return Ok(Changed { value, moved_aside });
        }
        let draft = Draft::write(path, &new)?;
        // Whoever takes no turns may have written meanwhile.
        if read(path).is_ok_and(|now| now == old) {
            draft.put(path)?;
            return Ok(Changed { value, moved_aside });
        }
    }
    Err(FileError::Busy { path: path.to_owned() })
}

/// Not by `NAME.lock`: to git that says that it is at work on that file.
fn lock(path: &Path) -> Result<File, FileError> {
    let place = beside(path, ".", ".popkit-lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&place);
    let locked = open.and_then(|file| file.lock().map(|()| file));
    locked.map_err(|e| FileError::io("lock", &place, e))
}

fn move_aside(path: &Path) -> Result<PathBuf, FileError> {
    let names = (1..=ASIDE).map(|number| beside(path, "", &format!(".unreadable-{number}")));
    let free = names.into_iter().find(|name| fs::symlink_metadata(name).is_err());
    let full = || io::Error::other("too many unreadable ones are beside it, remove some");
    let aside = free.ok_or_else(|| FileError::io("move aside", path, full()))?;
    fs::rename(path, &aside).map_err(|e| FileError::io("move aside", path, e))?;
    Ok(aside)
}

/// New content that is not yet in its place.
struct Draft(PathBuf);

impl Draft {
    fn write(path: &Path, content: &[u8]) -> Result<Self, FileError> {
        // Only the owner of the lock writes here, so one name will do. What a killed process
        // left behind goes; it may be a link to somewhere else.
        let draft = Self(beside(path, ".", ".new"));
        let cleared = match fs::remove_file(&draft.0) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        };
        let written = cleared.and_then(|()| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&draft.0)?;
            file.write_all(content)?;
            file.sync_all()
        });
        written.map_err(|e| FileError::io("write", path, e))?;
        Ok(draft)
    }

    fn put(self, path: &Path) -> Result<(), FileError> {
        let put = fs::rename(&self.0, path).and_then(|()| sync_folder(path));
        put.map_err(|e| FileError::io("write", path, e))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // In its place it is no longer there.
        let _ = fs::remove_file(&self.0);
    }
}

/// Only then does the new name survive a loss of power.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Folders cannot be opened here; the file system sees to it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_others_write_meanwhile_is_taken_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, "1").unwrap();
        let calls = Cell::new(0);
        let changed = change(&path, |old| {
            if calls.replace(calls.get() + 1) == 0 {
                fs::write(&path, "2").unwrap();
            }
            let old = String::from_utf8_lossy(old.unwrap_or_default()).into_owned();
            Ok((format!("{old}+").into_bytes(), old))
        });
        assert_eq!(changed.unwrap().value, "2");
        assert_eq!((calls.get(), fs::read_to_string(&path).unwrap().as_str()), (2, "2+"));
    }

    #[test]
    fn the_lock_has_a_name_that_nobody_else_uses() {
        let folder = tempfile::tempdir().unwrap();
        change(&folder.path().join("config"), |_| Ok((b"1".to_vec(), ()))).unwrap();
        assert!(folder.path().join(".config.popkit-lock").exists());
        assert!(!folder.path().join("config.lock").exists());
    }

    #[test]
    fn a_file_that_never_rests_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let calls = Cell::new(0);
        let refused = change(&path, |_| {
            calls.set(calls.get() + 1);
            fs::write(&path, calls.get().to_string()).unwrap();
            Ok((b"mine".to_vec(), ()))
        });
        assert!(matches!(refused, Err(FileError::Busy { .. })), "{refused:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), calls.get().to_string());
        assert!(!folder.path().join(".a.json.new").exists(), "no draft is left");
    }
}
