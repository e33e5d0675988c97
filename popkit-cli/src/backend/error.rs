//! Errors of Redis, with their exit codes.

use popkit_redis::ErrorKind;

use crate::error::CliError;
use crate::exit::Exit;

impl From<popkit_redis::Error> for CliError {
    fn from(error: popkit_redis::Error) -> Self {
        // Its text is whole, and has the mend; the server's own words are for programs.
        Self::new(exit_of(error.kind()), error.to_string())
    }
}

/// The exit code of an error of Redis. The table is in `docs/cli.md`.
fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::Unavailable | ErrorKind::Timeout => Exit::Unavailable,
        ErrorKind::RateLimited | ErrorKind::Closed | ErrorKind::Full => Exit::TryAgain,
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => Exit::Refused,
        ErrorKind::InvalidConfig | ErrorKind::Unsupported => Exit::Usage,
        ErrorKind::InvalidInput | ErrorKind::Corrupt | ErrorKind::PayloadTooLarge => Exit::Data,
        ErrorKind::Unexpected => Exit::Failed,
    }
}
