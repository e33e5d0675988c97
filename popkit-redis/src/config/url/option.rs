//! The options of a URL.

use std::str::FromStr;

use popkit_protocol::duration;

use super::invalid;
use crate::config::{Protocol, RedisConfig};
use crate::{Error, Result};

const NAMES: [&str; 11] = [
    "ca",
    "client_name",
    "connect_timeout",
    "db",
    "health_check_interval",
    "insecure",
    "protocol",
    "retry_on_timeout",
    "sentinel_password",
    "sentinel_username",
    "timeout",
];

/// The same with one option set.
pub(super) fn set(config: RedisConfig, name: &str, value: &str) -> Result<RedisConfig> {
    let wrong = |expected: &str| invalid(format!("option {name}={value}: expected {expected}"));
    let time = || duration::parse(value).map_err(|_| wrong("a time as 500ms or 5s"));
    let flag = || value.parse::<bool>().map_err(|_| wrong("true or false"));
    if value.is_empty() && NAMES.contains(&name) {
        return Err(invalid(format!("option {name} has no value; write {name}=VALUE")));
    }
    Ok(match name {
        "ca" => config.ca(value),
        "client_name" => config.client_name(value),
        "connect_timeout" => config.connect_timeout(time()?),
        "db" => config.db(number("option db", value)?),
        "health_check_interval" => config.health_check_interval(time()?),
        "insecure" => config.insecure(flag()?),
        "protocol" => config.protocol(match value {
            "resp2" | "2" => Protocol::Resp2,
            "resp3" | "3" => Protocol::Resp3,
            _ => return Err(wrong("resp2 or resp3")),
        }),
        "retry_on_timeout" => config.retry_on_timeout(flag()?),
        "sentinel_password" => config.sentinel_password(value),
        "sentinel_username" => config.sentinel_user(value),
        "timeout" => config.timeout(time()?),
        _ => return Err(unknown(name)),
    })
}

/// A number, of something that is named.
pub(super) fn number<T: FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| {
        let shown = popkit_protocol::limits::cut(text, 40);
        invalid(format!("{what} {shown:?}: expected a number"))
    })
}

fn unknown(name: &str) -> Error {
    let shown = popkit_protocol::limits::cut(name, 40);
    let near = NAMES.iter().map(|known| (strsim::osa_distance(name, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 3 && distance < known.len() => {
            invalid(format!("unknown option {shown}; did you mean {known}?"))
        }
        _ => invalid(format!("unknown option {shown}; there are {}", NAMES.join(", "))),
    }
}
