//! Files that a session has in its room.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::CliError;
use crate::exit::Exit;

/// What stands in it; `None` where it is not there.
///
/// # Errors
///
/// Where it cannot be read.
pub(super) fn read(file: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match fs::read(file) {
        Err(error) if is_absent(error.kind()) => Ok(None),
        read => read.map(Some).map_err(|error| {
            CliError::io(Exit::Data, format!("cannot read {}", file.display()), &error)
        }),
    }
}

/// Removes it, if it is there.
///
/// # Errors
///
/// Where it cannot be removed.
pub(super) fn remove(file: &Path) -> Result<(), CliError> {
    match fs::remove_file(file) {
        Err(error) if is_absent(error.kind()) => Ok(()),
        removed => removed.map_err(|error| {
            CliError::io(Exit::Failed, format!("cannot remove {}", file.display()), &error)
        }),
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}
