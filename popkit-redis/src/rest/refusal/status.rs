//! Answers whose status is not 200. The status comes first, then the body, which may be
//! anything: it may be from somebody in between.

use serde::Deserialize;

use crate::rest::http::{Answer, Sort, Trouble};
use crate::rest::refusal::text;
use crate::{Command, Error, ErrorKind, ServerError};

/// The form of a refusal.
#[derive(Deserialize)]
struct Told {
    error: String,
}

/// The words of the service, where there are any.
pub(in crate::rest) fn words(body: &[u8]) -> Option<ServerError> {
    let told: Told = serde_json::from_slice(body).ok()?;
    Some(ServerError::parse(&told.error))
}

/// The error that this answer to `command` is. `title` names all that was asked.
pub(in crate::rest) fn refused(answer: &Answer, command: &Command, title: &str) -> Trouble {
    let status = answer.status;
    let words = words(&answer.body);
    if status.is_server_error() {
        // From the service itself or from a gateway before it: nobody knows what was done.
        let error = words.map(|words| text::refused(words, command));
        let error = error.filter(|error| error.kind() != ErrorKind::Unexpected);
        // What is known to be a no is one, whatever its number.
        let sort = if error.is_some() { Sort::Told } else { Sort::Lost };
        let error = error.unwrap_or_else(|| {
            let message = format!(
                "{title} was answered with status {status}, by the service or by a gateway before \
                 it; try again later"
            );
            Error::new(ErrorKind::Unavailable, message)
        });
        return Trouble::new(sort, wait(answer, error.unknown()));
    }
    let error = match words {
        Some(words) => by_words(answer, words, command),
        None => by_number(answer, title),
    };
    Trouble::told(wait(answer, error))
}

/// Words that are known say more than the number; the number says more than words that are not.
fn by_words(answer: &Answer, words: ServerError, command: &Command) -> Error {
    let error = text::refused(words, command);
    let title = command.title();
    if error.kind() != ErrorKind::Unexpected || answer.status.as_u16() == 400 {
        return error;
    }
    match crate::server_error(&error).cloned() {
        Some(words) => by_number(answer, &title).with_source(words),
        None => by_number(answer, &title),
    }
}

fn by_number(answer: &Answer, title: &str) -> Error {
    let status = answer.status;
    let (kind, message) = match status.as_u16() {
        401 => (
            ErrorKind::Unauthenticated,
            "the service does not know the token; copy UPSTASH_REDIS_REST_TOKEN anew from the \
             console, with its URL"
                .to_owned(),
        ),
        403 => (
            ErrorKind::PermissionDenied,
            format!(
                "{title} is forbidden (status 403); is the token allowed to, and this address?"
            ),
        ),
        404 => (
            ErrorKind::InvalidConfig,
            "there is no REST service at this URL (status 404); use the one in the console"
                .to_owned(),
        ),
        405 => (
            ErrorKind::Unsupported,
            "no POST is taken at this URL (status 405); is it that of a REST service?".to_owned(),
        ),
        408 => (ErrorKind::Timeout, format!("{title} did not get through in time (status 408)")),
        413 => (
            ErrorKind::PayloadTooLarge,
            format!("{title} is over the size of a request (status 413); send less at a time"),
        ),
        429 => (
            ErrorKind::RateLimited,
            "the service asks to slow down (status 429); wait, or raise the plan".to_owned(),
        ),
        300..=399 => (
            ErrorKind::InvalidConfig,
            format!("the URL leads elsewhere (status {status}); use the one in the console"),
        ),
        _ => (
            ErrorKind::Unexpected,
            format!("{title} was answered with status {status}; is this URL that of the service?"),
        ),
    };
    let error = Error::new(kind, message);
    // A command that failed, or a script that wrote before, would say so; without words nobody
    // knows.
    match status.as_u16() {
        400 | 408 => error.unknown(),
        code if code < 300 => error.unknown(),
        _ => error,
    }
}

fn wait(answer: &Answer, error: Error) -> Error {
    match answer.retry_after {
        Some(pause) => error.with_retry_after(pause),
        None => error,
    }
}

#[cfg(test)]
#[path = "status/tests.rs"]
mod tests;
