//! What is looked at.

use std::fmt;

use clap::Args;
use popkit_redis::RedisConfig;

use crate::context::Context;
use crate::error::CliError;

/// The option that names it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct UrlArg {
    /// What to look at: redis://HOST:PORT and its kin, sqlite:PATH, file:FOLDER or memory:
    /// [env: REDIS_URL, or REDIS_HOST and REDIS_PORT] [default: the tasks and messages here]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

/// Who named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// `--url`.
    Url,
    /// `--store` or `POPKIT_STORE`.
    Store,
    /// `--transport` or `POPKIT_TRANSPORT`.
    Transport,
    /// `REDIS_URL`, or `REDIS_HOST` and `REDIS_PORT`.
    Environment,
    /// `popkit redis start`, from here.
    Started,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "--url",
            Self::Store => "--store",
            Self::Transport => "--transport",
            Self::Environment => "the environment",
            Self::Started => "popkit redis start",
        })
    }
}

/// One backend.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// A Redis server, or several that belong together.
    Redis {
        /// Where and how.
        config: Box<RedisConfig>,
        /// Who named it.
        source: Source,
    },
    /// A store of tasks and documents without a server; `None`: the room's own.
    Store(Option<String>),
    /// Messages without a server; `None`: the room's own.
    Messages(Option<String>),
}

/// All that a command is for.
#[derive(Debug, Clone)]
pub(crate) struct Targets(pub(crate) Vec<Part>);

impl Targets {
    /// What `--url` names, else `--store` and `--transport`, else the environment, else the
    /// room's own tasks and messages.
    ///
    /// # Errors
    ///
    /// A URL that is none, or of a backend that is not there.
    pub(crate) fn find(arg: &UrlArg, cx: &Context) -> Result<Self, CliError> {
        if let Some(url) = &arg.url {
            return of_url(url, Source::Url).map_err(|error| error.at("--url"));
        }
        let (store, transport) = (cx.store_url(), cx.transport_url());
        if store.is_some() || transport.is_some() {
            let mut parts = match store {
                Some(url) => of_url(url, Source::Store)?.0,
                None => vec![Part::Store(None)],
            };
            match transport {
                // One server is looked at once.
                Some(url) if Some(url) == store => {}
                Some(url) => parts.extend(of_url(url, Source::Transport)?.0),
                None => parts.push(Part::Messages(None)),
            }
            return Ok(Self(parts));
        }
        if let Some(config) = RedisConfig::from_env()? {
            return Ok(Self(vec![redis(config, Source::Environment)?]));
        }
        Ok(Self(vec![Part::Store(None), Part::Messages(None)]))
    }

    /// The first Redis among them.
    pub(crate) fn redis(&self) -> Option<&RedisConfig> {
        self.0.iter().find_map(|part| match part {
            Part::Redis { config, .. } => Some(&**config),
            Part::Store(_) | Part::Messages(_) => None,
        })
    }
}

fn of_url(url: &str, source: Source) -> Result<Targets, CliError> {
    let url = url.trim();
    let scheme = url.split(':').next().unwrap_or_default();
    let parts = match scheme {
        "sqlite" if url.contains(':') => vec![Part::Store(Some(url.to_owned()))],
        "file" if url.contains(':') => vec![Part::Messages(Some(url.to_owned()))],
        "memory" if url == "memory:" => {
            vec![Part::Store(Some(url.to_owned())), Part::Messages(Some(url.to_owned()))]
        }
        _ if is_redis(scheme) => vec![redis(url.parse()?, source)?],
        _ => return Err(unknown(url)),
    };
    Ok(Targets(parts))
}

/// Whether what begins so is for Redis to read.
fn is_redis(scheme: &str) -> bool {
    let plain = scheme.split('+').next().unwrap_or_default();
    matches!(plain, "redis" | "rediss" | "unix")
}

fn redis(config: RedisConfig, source: Source) -> Result<Part, CliError> {
    config.check()?;
    Ok(Part::Redis { config: Box::new(config), source })
}

/// Only the scheme is shown: the rest of a URL may hold a password.
fn unknown(url: &str) -> CliError {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let named = url.split_once(':').map(|(scheme, _)| scheme);
    let what = match named.filter(|scheme| scheme.len() <= 20 && scheme.chars().all(plain)) {
        Some(scheme) => format!("no backend for {scheme:?}"),
        None => "not a URL".to_owned(),
    };
    CliError::usage(format!(
        "{what}; use redis://HOST:PORT, rediss://, unix:PATH, redis+cluster://, \
         redis+sentinel://, sqlite:PATH, file:FOLDER or memory:"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn kinds(url: &str) -> Result<Vec<&'static str>, CliError> {
        let kind = |part: &Part| match part {
            Part::Redis { .. } => "redis",
            Part::Store(_) => "store",
            Part::Messages(_) => "messages",
        };
        of_url(url, Source::Url).map(|found| found.0.iter().map(kind).collect())
    }

    #[test]
    fn the_scheme_says_what_it_is() {
        for (url, expected) in [
            ("redis://localhost", &["redis"][..]),
            ("rediss+cluster://a,b", &["redis"]),
            ("unix:/run/redis.sock", &["redis"]),
            ("sqlite:tasks.db", &["store"]),
            ("file:messages", &["messages"]),
            ("memory:", &["store", "messages"]),
        ] {
            assert_eq!(kinds(url).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_backend_is_refused_without_its_secrets() {
        for (url, says) in [
            ("postgres://bob:hunter2@x/y", "no backend for \"postgres\""),
            ("hunter2", "not a URL"),
            ("bob hunter2:x", "not a URL"),
            ("redis://bob:hunter2@far.example", "unencrypted"),
            ("redis://:hunter2@localhost?timout=1s", "did you mean timeout"),
            ("redis+bogus://x", "no Redis URL begins with redis+bogus"),
        ] {
            let error = kinds(url).unwrap_err();
            assert_eq!(error.code, Exit::Usage, "{url}");
            assert!(error.message.contains(says), "{url}: {}", error.message);
            assert!(!error.message.contains("hunter2"), "{}", error.message);
        }
    }
}
