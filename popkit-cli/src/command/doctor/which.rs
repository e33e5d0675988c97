//! The Redis that is meant.

use popkit_redis::RedisConfig;

use crate::backend::{Source, Targets};
use crate::command::redis::Home;
use crate::context::Context;
use crate::error::CliError;

/// The Redis that is meant.
pub(super) enum Which {
    /// Somebody named it, on the command line or in the environment.
    Named(RedisConfig),
    /// `popkit redis start` started it from here.
    Started(RedisConfig),
    /// None: a server of another kind is named in its place.
    Other,
    /// None.
    None,
}

/// Finds it.
///
/// # Errors
///
/// A URL that is none.
pub(super) fn find(cx: &Context) -> Result<Which, CliError> {
    let targets = Targets::find(cx)?;
    if let Some(config) = targets.redis() {
        return Ok(Which::Named(config.clone()));
    }
    if targets.upstash().is_some_and(|service| service.source != Source::Environment) {
        return Ok(Which::Other);
    }
    // Something else was named.
    if cx.url().is_some() {
        return Ok(Which::None);
    }
    let home = Home::of(cx);
    match home.record()? {
        Some(record) => Ok(Which::Started(record.config(&home)?)),
        None => Ok(Which::None),
    }
}
