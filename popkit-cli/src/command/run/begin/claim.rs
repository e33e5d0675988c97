//! Whose state it is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::CliError;
use crate::state::Namespace;
use crate::whole;

/// Notes that the state is this plan's. Two plans with one name would take each other's tasks
/// for their own, and the second would be done before it began. Under the run lock.
///
/// # Errors
///
/// Bad data where the state is that of another plan whose file is still there; a file that was
/// moved takes its state along.
pub(in super::super) fn claim(namespace: &Namespace, plan: &Path) -> Result<(), CliError> {
    let file = namespace.plan_path_file();
    if let Some(owner) = read(&file)
        && owner != plan
        && owner.exists()
    {
        return Err(CliError::data(format!(
            "state {} belongs to {}: give one of the plans another `name`, or use --state-dir",
            namespace.name(),
            owner.display()
        )));
    }
    let mut text = plan.as_os_str().as_encoded_bytes().to_vec();
    text.push(b'\n');
    whole::write(&file, &text).map(|_| ())
}

/// The path in the file; `None` where there is none.
fn read(file: &Path) -> Option<PathBuf> {
    let mut text = fs::read(file).ok()?;
    text.pop_if(|last| *last == b'\n');
    #[cfg(unix)]
    let path = std::os::unix::ffi::OsStringExt::from_vec(text);
    #[cfg(not(unix))]
    let path = String::from_utf8(text).ok()?;
    let path: std::ffi::OsString = path;
    (!path.is_empty()).then(|| path.into())
}
