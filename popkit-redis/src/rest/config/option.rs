//! The options of a URL.

use popkit_protocol::{duration, limits};

use super::rest_config::RestConfig;
use crate::Result;
use crate::config::invalid;

const NAMES: [&str; 7] =
    ["answer_limit", "ca", "connect_timeout", "key_locking", "silence", "timeout", "try_timeout"];

/// The same with one option set.
pub(super) fn set(config: RestConfig, name: &str, value: &str) -> Result<RestConfig> {
    let wrong = |expected: &str| invalid(format!("option {name}={value}: expected {expected}"));
    let time = || duration::parse(value).map_err(|_| wrong("a time as 500ms or 5s"));
    if value.is_empty() && NAMES.contains(&name) {
        return Err(invalid(format!("option {name} has no value; write {name}=VALUE")));
    }
    Ok(match name {
        "answer_limit" => {
            let bytes = value.parse().map_err(|_| wrong("a number of bytes"))?;
            config.answer_limit(bytes)
        }
        "ca" => config.ca(value),
        "connect_timeout" => config.connect_timeout(time()?),
        "key_locking" => config.key_locking(value.parse().map_err(|_| wrong("true or false"))?),
        "silence" => config.silence(time()?),
        "timeout" => config.timeout(time()?),
        "try_timeout" => config.try_timeout(time()?),
        _ => return Err(unknown(name)),
    })
}

fn unknown(name: &str) -> crate::Error {
    let shown = limits::cut(name, 40);
    let near = NAMES.iter().map(|known| (strsim::osa_distance(name, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 3 && distance < known.len() => {
            invalid(format!("unknown option {shown}; did you mean {known}?"))
        }
        _ => invalid(format!("unknown option {shown}; there are {}", NAMES.join(", "))),
    }
}
