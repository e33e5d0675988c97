//! What a server's refusal means: kind, outcome, and a line with the mend. The same over every
//! wire; what goes wrong on the way to the server belongs to the wires.

mod permission;
mod rule;

use rule::RULES;

use crate::{Command, Error, ErrorKind, ServerError};

/// The error for a command that the server refused: its kind, whether it may have been done in
/// part, and a line with the mend. For whoever writes a [`Wire`](crate::Wire); `cluster` tells
/// whether it follows redirects.
///
/// ```
/// use popkit_redis::{Command, ErrorKind, ServerError, refused};
///
/// let answer = ServerError::parse("NOAUTH Authentication required.");
/// let error = refused(answer, &Command::new("GET").arg("a"), false);
/// assert_eq!(error.kind(), ErrorKind::Unauthenticated);
/// ```
#[must_use]
pub fn refused(refused: ServerError, command: &Command, cluster: bool) -> Error {
    let error = match refused.code() {
        "NOPERM" => permission::denied(&refused, command),
        "MOVED" | "ASK" if cluster => {
            Error::new(ErrorKind::Unavailable, "the cluster is moving the keys; try again")
        }
        _ => match RULES.iter().find(|rule| rule.fits(&refused)) {
            Some(rule) => Error::new(rule.kind, rule.text),
            None => {
                let message = format!("the server answered {refused} to {}", command.title());
                Error::new(ErrorKind::Unexpected, message)
            }
        },
    };
    // A script's writes before the failure stay.
    let error = if refused.is_of_script() { error.unknown() } else { error };
    error.with_source(refused)
}

/// Whether the server did nothing and will do it later, or another server will: the same call
/// may be sent again without a second thought.
#[cfg(feature = "resp")]
pub(crate) fn is_passing(refused: &ServerError, cluster: bool) -> bool {
    if refused.is_of_script() {
        return false;
    }
    match refused.code() {
        "LOADING" | "MASTERDOWN" | "READONLY" => true,
        "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN" => cluster,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
