//! What is done to files, all through `std::fs`, so that each call can be made to fail.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use popkit_protocol::{IdSource as _, RandomIds};

/// Reads at an offset, as much as there is, up to the buffer's length.
pub(in crate::backend::file) fn read_at(
    file: &File,
    buffer: &mut [u8],
    mut offset: u64,
) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read_once(file, rest, offset) {
            Ok(0) => break,
            Ok(count) => {
                done += count;
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Replaces the beginning of a file.
pub(in crate::backend::file) fn write_at_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    let written = std::os::unix::fs::FileExt::write_at(file, bytes, 0)?;
    #[cfg(windows)]
    let written = std::os::windows::fs::FileExt::seek_write(file, bytes, 0)?;
    if written == bytes.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Opens a file for appending.
pub(in crate::backend::file) fn open_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).read(true).open(path)
}

/// Opens a file for reading and writing, and makes it where it is missing.
pub(in crate::backend::file) fn open_or_create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path)
}

/// A new file of a name that nobody guesses.
pub(in crate::backend::file) fn create_temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    let path = folder.join(format!(".new-{:032x}", RandomIds.draw()));
    let file = private(OpenOptions::new().read(true).write(true).create_new(true)).open(&path)?;
    Ok((path, file))
}

/// Makes a file with this content unless one of that name is there; answers whether it did.
pub(in crate::backend::file) fn create_whole(
    path: &Path,
    content: &[u8],
    synced: bool,
) -> io::Result<bool> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let (temporary, mut file) = create_temporary(folder)?;
    let made = file.write_all(content).and_then(|()| {
        if synced {
            file.sync_all()?;
        }
        match fs::hard_link(&temporary, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // A file system without hard links: nearly as good.
            Err(_) if path.exists() => Ok(false),
            Err(_) => fs::rename(&temporary, path).map(|()| true),
        }
    });
    let _ = fs::remove_file(&temporary);
    if synced && matches!(made, Ok(true)) {
        sync_folder(folder)?;
    }
    made
}

/// Removes what a crash left of [`create_temporary`]: only where nobody else is at work.
pub(in crate::backend::file) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let drawn = name.to_str().and_then(|name| name.strip_prefix(".new-"));
        if drawn.is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Replaces a file as a whole, or makes it.
pub(in crate::backend::file) fn replace(
    path: &Path,
    content: &[u8],
    synced: bool,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let (temporary, mut file) = create_temporary(folder)?;
    let made = file.write_all(content).and_then(|()| {
        if synced {
            file.sync_all()?;
        }
        fs::rename(&temporary, path)
    });
    if made.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    made?;
    if synced { sync_folder(folder) } else { Ok(()) }
}

/// Makes a folder that only its owner can enter; one that is there stays as it is.
pub(in crate::backend::file) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

/// Makes the entries of a folder durable. Windows has no such call and needs none.
pub(in crate::backend::file) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) { Ok(()) } else { File::open(path)?.sync_all() }
}

/// Whether this path still names this file: somebody may have removed or moved the folder.
pub(in crate::backend::file) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
        Ok(there) => same(&there, &file.metadata()?),
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "the same call on every system")]
fn same(a: &fs::Metadata, b: &fs::Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same call on every system")]
fn same(_: &fs::Metadata, _: &fs::Metadata) -> io::Result<bool> {
    Ok(true)
}
