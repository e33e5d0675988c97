//! The one error of the program.

use std::fmt;
use std::io;

use popkit_protocol::ParseError;
use popkit_store::ErrorKind;
use serde::Serialize;

use crate::exit::Exit;

/// Why the program ends early: an exit code, and one line that says what was wrong, where,
/// and what to do.
#[derive(Debug)]
pub(crate) struct CliError {
    /// How the program ends.
    pub(crate) code: Exit,
    /// The line, without `popkit: ` in front.
    pub(crate) message: String,
}

impl CliError {
    /// An error.
    pub(crate) fn new(code: Exit, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The command line makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something given or stored is not what it must be.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Self::new(Exit::Data, message)
    }

    /// What was asked failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// What the file system refused, by its cause; `usual` where that is none of its own.
    pub(crate) fn io(usual: Exit, what: impl fmt::Display, error: &io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Exit::Refused,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Exit::TryAgain,
            _ => usual,
        };
        Self::new(code, format!("{what}: {error}"))
    }

    /// The same, with the place in front: `place: message`.
    #[must_use]
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// The error as one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        let line = Line { v: 1, error: Body { code: self.code.code(), message: self.to_string() } };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// The JSON form of an error, version 1.
#[derive(Serialize)]
struct Line {
    v: u8,
    error: Body,
}

#[derive(Serialize)]
struct Body {
    code: u8,
    message: String,
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line whatever the cause has in it: scripts read standard error line by line.
        let line: Vec<&str> = self.message.lines().map(str::trim).collect();
        f.write_str(&line.join(" "))
    }
}

impl std::error::Error for CliError {}

impl From<popkit_store::Error> for CliError {
    fn from(error: popkit_store::Error) -> Self {
        Self::new(exit_of(error.kind()), with_cause(&error))
    }
}

/// An error's text, with its cause where it does not say that itself.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    let message = error.to_string();
    match error.source().map(ToString::to_string) {
        Some(cause) if !message.contains(&cause) => format!("{message}: {cause}"),
        _ => message,
    }
}

impl From<ParseError> for CliError {
    fn from(error: ParseError) -> Self {
        Self::data(error.to_string())
    }
}

/// The exit code of a store error. The table is in `docs/cli.md`.
fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Unavailable | ErrorKind::Timeout => Exit::Unavailable,
        ErrorKind::RateLimited | ErrorKind::Closed | ErrorKind::Full | ErrorKind::Conflict => {
            Exit::TryAgain
        }
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied | ErrorKind::LeaseLost => {
            Exit::Refused
        }
        ErrorKind::InvalidConfig | ErrorKind::Unsupported => Exit::Usage,
        ErrorKind::InvalidInput
        | ErrorKind::Corrupt
        | ErrorKind::PayloadTooLarge
        | ErrorKind::NotFound
        | ErrorKind::AlreadyExists => Exit::Data,
        // IllegalTransition and Unexpected too: trying the same again does not help.
        _ => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cause_has_the_same_code_wherever_it_is_met() {
        for (cause, code) in [
            (io::ErrorKind::PermissionDenied, Exit::Refused),
            (io::ErrorKind::ReadOnlyFilesystem, Exit::Refused),
            (io::ErrorKind::StorageFull, Exit::TryAgain),
            (io::ErrorKind::NotFound, Exit::Data),
        ] {
            let error = CliError::io(Exit::Data, "cannot read x", &cause.into());
            assert_eq!(error.code, code, "{cause:?}");
            assert!(error.message.starts_with("cannot read x: "), "{error}");
        }
    }
}
