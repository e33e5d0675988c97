//! Who sends a request.

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::answer::Answer;
use super::request::query;
use crate::upstash::options::{Broken, UpstashOptions};
use crate::upstash::tokens::{Caller, Tokens};

/// The caller by the bearer token, else by `_token` in the URL.
///
/// # Errors
///
/// The answer to a request of nobody.
pub(in crate::upstash) fn caller(
    parts: &Parts,
    tokens: &Tokens,
    options: &UpstashOptions,
) -> Result<Caller, Answer> {
    let bearer = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.split_once(' '));
    let token = match bearer {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Some(token.trim().to_owned())
        }
        _ => query(parts)
            .into_iter()
            .find(|(name, _)| name == b"_token")
            .and_then(|(_, value)| String::from_utf8(value).ok()),
    };
    match token.and_then(|token| tokens.caller(&token)) {
        Some(caller) => Ok(caller),
        None if options.is(Broken::AnyToken) => Ok(Caller::Standard),
        None => Err(Answer::error(401, "WRONGPASS invalid or missing auth token")),
    }
}
