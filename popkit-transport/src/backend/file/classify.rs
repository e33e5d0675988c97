//! Errors of the file system, as ours.

use std::io;
use std::path::Path;

use crate::{Error, ErrorKind};

/// What the file system said about `path`, and what to do.
pub(super) fn refused(action: &str, path: &Path, error: io::Error) -> Error {
    let (kind, mend) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::PermissionDenied, "; choose a folder that you may write")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (ErrorKind::Full, "; make room, then try again")
        }
        io::ErrorKind::NotFound => (ErrorKind::Unavailable, "; is its folder still there?"),
        io::ErrorKind::Interrupted
        | io::ErrorKind::WouldBlock
        | io::ErrorKind::ResourceBusy
        | io::ErrorKind::TimedOut => (ErrorKind::Unavailable, ""),
        _ if is_exhausted(&error) => (ErrorKind::Unavailable, "; too many open files"),
        _ => (ErrorKind::Unexpected, ""),
    };
    let message = format!("cannot {action} {}: {error}{mend}", path.display());
    Error::new(kind, message).with_source(error)
}

/// EMFILE and ENFILE have no kind of their own.
fn is_exhausted(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Stored data that cannot be what popkit wrote.
pub(super) fn corrupt(path: &Path, what: &str) -> Error {
    let message = format!("{} {what}; nothing was changed", path.display());
    Error::new(ErrorKind::Corrupt, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_cause_and_name_the_path() {
        for (cause, kind) in [
            (io::ErrorKind::PermissionDenied, ErrorKind::PermissionDenied),
            (io::ErrorKind::StorageFull, ErrorKind::Full),
            (io::ErrorKind::NotFound, ErrorKind::Unavailable),
            (io::ErrorKind::Other, ErrorKind::Unexpected),
        ] {
            let error = refused("write", Path::new("/x/y"), cause.into());
            assert_eq!(error.kind(), kind, "{cause:?}");
            assert!(error.to_string().contains("cannot write /x/y: "), "{error}");
        }
    }
}
