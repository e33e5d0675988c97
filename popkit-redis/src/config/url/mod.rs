//! A URL becomes a configuration. What a URL says is never repeated in an error where it may
//! be part of a password.

mod option;
pub(crate) mod part;

use std::str::FromStr;

use part::{Parts, decode};

use super::address::{Address, Servers};
use super::redis_config::RedisConfig;
use crate::{Error, ErrorKind, Result};

/// The schemes that are known, for messages.
const SCHEMES: &str = "redis, rediss, unix, redis+unix, redis+cluster, rediss+cluster, \
                       redis+sentinel, rediss+sentinel";

impl FromStr for RedisConfig {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':').ok_or_else(no_scheme)?;
        let mut config = match scheme {
            "redis" | "rediss" => single(rest)?,
            "unix" | "redis+unix" => socket(rest)?,
            "redis+cluster" | "rediss+cluster" => cluster(rest)?,
            "redis+sentinel" | "rediss+sentinel" => sentinel(rest)?,
            _ => return Err(unknown(scheme)),
        };
        config.tls = scheme.starts_with("rediss");
        Ok(config)
    }
}

fn single(rest: &str) -> Result<RedisConfig> {
    let parts = Parts::of(rest)?;
    let [address] = parts.addresses(RedisConfig::PORT)?.try_into().map_err(|_| {
        invalid("several hosts: use redis+cluster:// or redis+sentinel://HOST,…/MASTER")
    })?;
    let mut config = RedisConfig::new(Servers::Single(address));
    match parts.path.trim_start_matches('/') {
        "" => {}
        db => config.db = option::number("database", db)?,
    }
    finish(config, &parts)
}

/// `unix:PATH`, `unix://PATH` or with a user before the path, as other programs write it.
fn socket(rest: &str) -> Result<RedisConfig> {
    let rest = if rest.starts_with("//") { rest.to_owned() } else { format!("//{rest}") };
    let parts = Parts::of(&rest)?;
    if !parts.hosts.is_empty() {
        return Err(invalid(
            "the path of a socket begins with /; for instance unix:/run/redis.sock",
        ));
    }
    if parts.path.is_empty() {
        return Err(invalid(
            "the path of the socket is missing; for instance unix:/run/redis.sock",
        ));
    }
    let path = decode("path", &parts.path)?;
    finish(RedisConfig::new(Servers::Single(Address::Unix(path.into()))), &parts)
}

fn cluster(rest: &str) -> Result<RedisConfig> {
    let parts = Parts::of(rest)?;
    let mut config = RedisConfig::new(Servers::Cluster(parts.addresses(RedisConfig::PORT)?));
    match parts.path.trim_start_matches('/') {
        "" => {}
        db => config.db = option::number("database", db)?,
    }
    finish(config, &parts)
}

fn sentinel(rest: &str) -> Result<RedisConfig> {
    let parts = Parts::of(rest)?;
    let sentinels = parts.addresses(RedisConfig::SENTINEL_PORT)?;
    let master = decode("primary's name", parts.path.trim_start_matches('/'))?;
    finish(RedisConfig::new(Servers::Sentinel { sentinels, master }), &parts)
}

/// User, password and options.
fn finish(mut config: RedisConfig, parts: &Parts) -> Result<RedisConfig> {
    if let Some(user) = parts.user()? {
        config = config.user(user);
    }
    if let Some(password) = parts.password()? {
        config = config.password(password);
    }
    for pair in parts.options() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        config = option::set(config, name, &decode(name, value)?)?;
    }
    Ok(config)
}

fn no_scheme() -> Error {
    invalid(format!("not a URL; it begins with one of {SCHEMES}, for instance redis://localhost"))
}

fn unknown(scheme: &str) -> Error {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    // A text that only happens to hold a colon may be anything.
    if scheme.len() > 20 || !scheme.chars().all(plain) {
        return no_scheme();
    }
    invalid(format!("no Redis URL begins with {scheme}:; there are {SCHEMES}"))
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
}

#[cfg(test)]
mod tests;
