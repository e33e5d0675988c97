//! The files of a store, for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind, Result};

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// An error of the file system.
pub(super) fn refused(verb: &str, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ErrorKind::PermissionDenied
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::Full,
        io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::NotFound => ErrorKind::InvalidConfig,
        _ => ErrorKind::Unavailable,
    };
    let mend = match kind {
        ErrorKind::PermissionDenied => {
            "; the file and its folder must be writable for this user, or name another path"
        }
        ErrorKind::Full => "; make room on the disk",
        ErrorKind::InvalidConfig => "; name another path",
        _ => "",
    };
    Error::new(kind, format!("cannot {verb} it: {error}{mend}")).with_source(error)
}

/// The file beside the database: `tasks.db` and `lock` give `tasks.db.lock`. SQLite's own
/// are joined by `-`.
pub(super) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(if matches!(what, "wal" | "shm") { "-" } else { "." });
    name.push(what);
    PathBuf::from(name)
}

/// Makes the folders that are missing; what exists keeps its permissions. Answers with the
/// path without links, so that whoever comes by another name finds the same lock.
pub(super) fn make_folder(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path).map_err(|e| refused("resolve", e))?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::new(ErrorKind::InvalidConfig, "the path names no file"));
    };
    let mut missing: Vec<&Path> =
        folder.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
    while let Some(dir) = missing.pop() {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(dir) {
            Ok(()) => restrict(dir, 0o700)?,
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused("make the folder of", error)),
        }
    }
    let resolve = |path: &Path| path.canonicalize().map_err(|e| refused("resolve", e));
    if path.exists() { resolve(&path) } else { Ok(resolve(folder)?.join(name)) }
}

/// The size of a file; `None` where there is none. Refuses what is no file.
pub(super) fn look(path: &Path) -> Result<Option<u64>> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused("read", error)),
    };
    if !found.is_file() {
        let message = "it is no file; name another path";
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    Ok(Some(found.len()))
}

/// Refuses a file with content that is no database, before SQLite touches it.
pub(super) fn check_magic(path: &Path) -> Result<()> {
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match read {
        Ok(()) if head == *MAGIC => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(refused("read", error)),
        _ => {
            let message = "the file is no SQLite database; nothing was changed: name another \
                           path, or restore a backup if this was a store";
            Err(Error::new(ErrorKind::Corrupt, message))
        }
    }
}

/// Makes the database file, empty, and sees to it that its name outlives a power cut.
pub(super) fn make_private(path: &Path) -> Result<()> {
    drop(open_private(path)?);
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let synced = File::open(folder).and_then(|dir| dir.sync_all());
        synced.map_err(|e| refused("sync the folder of", e))?;
    }
    Ok(())
}

/// Opens a file for reading and writing; makes it where there is none.
pub(super) fn open_private(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            restrict(path, 0o600)?;
            return Ok(file);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(refused("make", error)),
    }
    options.open(path).map_err(|e| refused("open", e))
}

/// The umask can only take bits away; this also gives the owner's own.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|e| refused("restrict the permissions of", e))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
fn restrict(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
