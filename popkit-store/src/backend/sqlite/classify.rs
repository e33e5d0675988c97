//! What an error of SQLite means.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::{Error, ErrorKind, OutcomeKind};

/// A failure on the way to the database: SQLite's, or one that has its kind already.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Store(Error),
}

/// The result of everything that speaks SQL.
pub(super) type Sql<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => describe(error, Stage::Statement),
            Fault::Store(error) => error,
        }
    }
}

/// A row that says what no popkit wrote.
pub(super) fn corrupt(message: impl Into<String>) -> Fault {
    Fault::Store(Error::new(ErrorKind::Corrupt, message))
}

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Anything that a rollback undoes.
    Statement,
    /// `COMMIT`: the frames may have reached the file before the failure.
    Commit,
}

/// The error of a `COMMIT`.
pub(super) fn commit_failed(error: rusqlite::Error) -> Error {
    describe(error, Stage::Commit)
}

fn describe(error: rusqlite::Error, stage: Stage) -> Error {
    let (kind, outcome) = classify(&error, stage);
    let text = match &error {
        rusqlite::Error::SqliteFailure(code, text) => {
            text.clone().unwrap_or_else(|| code.to_string())
        }
        other => other.to_string(),
    };
    let described = Error::new(kind, format!("{text}{}", mend(kind))).with_source(error);
    if outcome == OutcomeKind::Unknown { described.unknown() } else { described }
}

fn mend(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Corrupt => "; nothing was changed: keep a copy of the file and restore a backup",
        ErrorKind::Full => "; make room on the disk",
        ErrorKind::PermissionDenied => "; the file and its folder must be writable for this user",
        ErrorKind::Unavailable => "; try again",
        _ => "",
    }
}

/// Maps an error to its kind and to whether the call may have taken effect.
fn classify(error: &rusqlite::Error, stage: Stage) -> (ErrorKind, OutcomeKind) {
    let kind = match error {
        rusqlite::Error::SqliteFailure(failure, _) => of_code(failure),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..) => ErrorKind::Corrupt,
        rusqlite::Error::InvalidPath(_) => ErrorKind::InvalidConfig,
        _ => ErrorKind::Unexpected,
    };
    // Busy and full are known before the commit record is written. An I/O error may come
    // after it: the record can come back when the log is read again.
    let sure = stage == Stage::Statement
        || matches!(kind, ErrorKind::Full)
        || matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        );
    (kind, if sure { OutcomeKind::NotApplied } else { OutcomeKind::Unknown })
}

fn of_code(failure: &ffi::Error) -> ErrorKind {
    match failure.extended_code {
        // Growing the shared memory file: the disk is full.
        ffi::SQLITE_IOERR_SHMSIZE => return ErrorKind::Full,
        ffi::SQLITE_IOERR_CORRUPTFS => return ErrorKind::Corrupt,
        _ => {}
    }
    match failure.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::SystemIoFailure => ErrorKind::Unavailable,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => ErrorKind::Corrupt,
        ErrorCode::DiskFull => ErrorKind::Full,
        ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => ErrorKind::PermissionDenied,
        ErrorCode::TooBig => ErrorKind::PayloadTooLarge,
        _ => ErrorKind::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_kind_and_outcome() {
        use ErrorKind as K;
        use OutcomeKind::{NotApplied, Unknown};
        for (code, kind, after_commit) in [
            (ffi::SQLITE_BUSY, K::Unavailable, NotApplied),
            (ffi::SQLITE_BUSY_SNAPSHOT, K::Unavailable, NotApplied),
            (ffi::SQLITE_LOCKED, K::Unavailable, NotApplied),
            (ffi::SQLITE_PROTOCOL, K::Unavailable, Unknown),
            (ffi::SQLITE_NOMEM, K::Unavailable, Unknown),
            (ffi::SQLITE_INTERRUPT, K::Unavailable, Unknown),
            (ffi::SQLITE_IOERR, K::Unavailable, Unknown),
            (ffi::SQLITE_IOERR_FSYNC, K::Unavailable, Unknown),
            (ffi::SQLITE_IOERR_WRITE, K::Unavailable, Unknown),
            (ffi::SQLITE_IOERR_SHMSIZE, K::Full, NotApplied),
            (ffi::SQLITE_FULL, K::Full, NotApplied),
            (ffi::SQLITE_CORRUPT, K::Corrupt, Unknown),
            (ffi::SQLITE_NOTADB, K::Corrupt, Unknown),
            (ffi::SQLITE_IOERR_CORRUPTFS, K::Corrupt, Unknown),
            (ffi::SQLITE_READONLY, K::PermissionDenied, Unknown),
            (ffi::SQLITE_READONLY_DBMOVED, K::PermissionDenied, Unknown),
            (ffi::SQLITE_CANTOPEN, K::PermissionDenied, Unknown),
            (ffi::SQLITE_PERM, K::PermissionDenied, Unknown),
            (ffi::SQLITE_TOOBIG, K::PayloadTooLarge, Unknown),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, K::Unexpected, Unknown),
            (ffi::SQLITE_MISUSE, K::Unexpected, Unknown),
        ] {
            let error = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(classify(&error(), Stage::Statement), (kind, NotApplied), "{code}");
            assert_eq!(classify(&error(), Stage::Commit), (kind, after_commit), "{code}");
            assert_eq!(commit_failed(error()).outcome(), after_commit, "{code}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_damage() {
        let error = rusqlite::Error::InvalidColumnType(0, "x".into(), rusqlite::types::Type::Null);
        assert_eq!(Error::from(Fault::from(error)).kind(), ErrorKind::Corrupt);
        assert_eq!(
            classify(&rusqlite::Error::InvalidQuery, Stage::Statement).0,
            ErrorKind::Unexpected
        );
    }

    #[test]
    fn the_text_says_what_to_do() {
        let full = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None);
        assert!(Error::from(Fault::from(full)).to_string().ends_with("make room on the disk"));
    }
}
