//! Writing a file as a whole.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use popkit_protocol::{IdSource as _, RandomIds};

use crate::error::CliError;
use crate::exit::Exit;

/// Writes a file so that readers see the old or the new text, never a part. A file that has
/// this text already is left alone; answers whether it was written.
pub(crate) fn write(path: &Path, text: &[u8]) -> Result<bool, CliError> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(false);
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let draft = path.with_file_name(name);
    let written = fs::File::create(&draft).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_file(&draft);
    }
    written.map(|()| true).map_err(|e| refused(path, &e))
}

/// The same for this user's eyes alone, whatever is there now. The draft has a name that
/// nobody guesses: the folder may be open to all.
pub(crate) fn write_private(path: &Path, text: &[u8]) -> Result<(), CliError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:032x}.new", RandomIds.draw()));
    let draft = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if written.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_file(&draft);
    }
    written.map_err(|e| refused(path, &e))
}

fn refused(path: &Path, error: &std::io::Error) -> CliError {
    CliError::io(Exit::Failed, format!("cannot write {}", path.display()), error)
}
