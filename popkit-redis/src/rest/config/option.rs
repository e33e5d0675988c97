//! The options of a URL.

use popkit_protocol::{duration, limits};

use super::rest_config::RestConfig;
use crate::Result;
use crate::config::invalid;
use crate::config::part::decode;

const NAMES: [&str; 11] = [
    "answer_limit",
    "budget",
    "ca",
    "connect_timeout",
    "key_locking",
    "poll_least",
    "poll_most",
    "silence",
    "sse",
    "timeout",
    "try_timeout",
];

/// The same with these options set, each as it stands in a URL.
pub(super) fn set_all<'o>(
    config: RestConfig,
    options: impl IntoIterator<Item = &'o str>,
) -> Result<RestConfig> {
    options.into_iter().try_fold(config, |config, pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        set(config, name, &decode(name, value)?)
    })
}

/// The same with one option set.
fn set(config: RestConfig, name: &str, value: &str) -> Result<RestConfig> {
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
        "budget" => config.budget(value.parse().map_err(|_| wrong("a number of commands"))?),
        "ca" => config.ca(value),
        "connect_timeout" => config.connect_timeout(time()?),
        "key_locking" => config.key_locking(value.parse().map_err(|_| wrong("true or false"))?),
        "poll_least" => {
            let most = config.poll_most;
            config.poll(time()?, most)
        }
        "poll_most" => {
            let least = config.poll_least;
            config.poll(least, time()?)
        }
        "silence" => config.silence(time()?),
        "sse" => match value {
            "on" => config.sse(true),
            "off" => config.sse(false),
            _ => return Err(wrong("on or off")),
        },
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
