//! What is looked at.

use std::fmt;

use popkit_redis::{RedisConfig, RestConfig};

use crate::context::{Context, connection, is_redis, is_rest, unknown_url};
use crate::error::CliError;

/// Who named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// `--url`.
    Url,
    /// `--store` or `POPKIT_STORE`.
    Store,
    /// `--transport` or `POPKIT_TRANSPORT`.
    Transport,
    /// `REDIS_URL`, or `REDIS_HOST` and `REDIS_PORT`; `UPSTASH_REDIS_REST_URL`.
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
    /// A REST service.
    Upstash(Box<Service>),
    /// A store of tasks and documents without a server; `None`: the room's own.
    Store(Option<String>),
    /// Messages without a server; `None`: the room's own.
    Messages(Option<String>),
}

/// A REST service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// Where and how.
    pub(crate) config: RestConfig,
    /// The URL that named it, for stores and messages; it may hold the token.
    pub(crate) url: String,
    /// Who named it.
    pub(crate) source: Source,
}

impl Part {
    /// The server, without secrets.
    fn server(&self) -> Option<String> {
        match self {
            Self::Redis { config, .. } => Some(config.to_string()),
            Self::Upstash(service) => Some(service.config.to_string()),
            Self::Store(_) | Self::Messages(_) => None,
        }
    }
}

/// All that a command is for.
#[derive(Debug, Clone)]
pub(crate) struct Targets(pub(crate) Vec<Part>);

impl Targets {
    /// What was asked for, else what `REDIS_URL`, `UPSTASH_REDIS_REST_URL` and their kin name,
    /// else the room's own tasks and messages.
    ///
    /// # Errors
    ///
    /// A URL that is none, or of a backend that is not there.
    pub(crate) fn find(cx: &Context) -> Result<Self, CliError> {
        if let Some(url) = cx.url() {
            return of_url(url, Source::Url).map(Self);
        }
        let (store, transport) = (cx.store_url(), cx.transport_url());
        if store.is_some() || transport.is_some() {
            let mut parts = match &store {
                Some(url) => of_url(url, Source::Store)?,
                None => vec![Part::Store(None)],
            };
            let messages = match transport {
                Some(url) => of_url(url, Source::Transport)?,
                None => vec![Part::Messages(None)],
            };
            // One server is looked at once.
            let known: Vec<String> = parts.iter().filter_map(Part::server).collect();
            let is_new = |part: &Part| part.server().is_none_or(|server| !known.contains(&server));
            parts.extend(messages.into_iter().filter(is_new));
            return Ok(Self(parts));
        }
        let redis = RedisConfig::from_env()?.map(|config| redis(config, Source::Environment));
        let mut parts: Vec<Part> = redis.into_iter().collect::<Result<_, _>>()?;
        if RestConfig::from_env()?.is_some() {
            parts.push(rest("upstash:", Source::Environment)?);
        }
        if parts.is_empty() {
            parts = vec![Part::Store(None), Part::Messages(None)];
        }
        Ok(Self(parts))
    }

    /// The REST service that was asked for, else that of the environment.
    ///
    /// # Errors
    ///
    /// Where nothing names one.
    pub(crate) fn service(cx: &Context) -> Result<Self, CliError> {
        let asked = cx.url().filter(|url| is_rest(url));
        let source = if asked.is_some() { Source::Url } else { Source::Environment };
        Ok(Self(vec![rest(asked.unwrap_or("upstash:"), source)?]))
    }

    /// The first REST service among them.
    pub(crate) fn upstash(&self) -> Option<&Service> {
        self.0.iter().find_map(|part| match part {
            Part::Upstash(service) => Some(&**service),
            Part::Redis { .. } | Part::Store(_) | Part::Messages(_) => None,
        })
    }

    /// The first Redis among them.
    pub(crate) fn redis(&self) -> Option<&RedisConfig> {
        self.0.iter().find_map(|part| match part {
            Part::Redis { config, .. } => Some(&**config),
            Part::Upstash(_) | Part::Store(_) | Part::Messages(_) => None,
        })
    }
}

fn of_url(url: &str, source: Source) -> Result<Vec<Part>, CliError> {
    let url = url.trim();
    let whole = || Some(url.to_owned());
    Ok(match url.split_once(':') {
        Some(_) if is_redis(url) => vec![redis(connection(url).parse()?, source)?],
        Some(_) if is_rest(url) => vec![rest(url, source)?],
        Some(("sqlite", _)) => vec![Part::Store(whole())],
        Some(("file", _)) => vec![Part::Messages(whole())],
        Some(("memory", "")) => vec![Part::Store(whole()), Part::Messages(whole())],
        _ => return Err(unknown_url(url)),
    })
}

fn redis(config: RedisConfig, source: Source) -> Result<Part, CliError> {
    config.check()?;
    Ok(Part::Redis { config: Box::new(config), source })
}

fn rest(url: &str, source: Source) -> Result<Part, CliError> {
    let config = RestConfig::from_url(&connection(url))?;
    config.check()?;
    Ok(Part::Upstash(Box::new(Service { config, url: url.to_owned(), source })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Global;

    fn kinds(global: Global) -> Vec<&'static str> {
        let kind = |part: &Part| match part {
            Part::Redis { .. } => "redis",
            Part::Upstash(_) => "upstash",
            Part::Store(_) => "store",
            Part::Messages(_) => "messages",
        };
        let targets = Targets::find(&Context::new(global).unwrap()).unwrap();
        targets.0.iter().map(kind).collect()
    }

    #[test]
    fn the_scheme_says_what_it_is() {
        for (url, expected) in [
            ("redis://localhost?session=red&keep_age=1d", &["redis"][..]),
            ("rediss+cluster://a,b", &["redis"]),
            ("unix:/run/redis.sock", &["redis"]),
            ("upstash://:t@a.upstash.io?session=red&keep_age=1d", &["upstash"]),
            ("https://:t@a.upstash.io", &["upstash"]),
            ("sqlite:tasks.db", &["store"]),
            ("file:messages", &["messages"]),
            ("memory:", &["store", "messages"]),
        ] {
            let global = Global { url: Some(url.to_owned()), ..Global::default() };
            assert_eq!(kinds(global), expected, "{url}");
        }
    }

    #[test]
    fn one_server_is_looked_at_once() {
        let of = |store: &str, transport: &str| {
            let (store, transport) = (Some(store.to_owned()), Some(transport.to_owned()));
            kinds(Global { store, transport, ..Global::default() })
        };
        assert_eq!(of("redis://localhost?session=red", "redis://localhost"), ["redis"]);
        assert_eq!(of("redis://localhost/1", "redis://localhost"), ["redis", "redis"]);
        assert_eq!(of("sqlite:a.db", "redis://localhost"), ["store", "redis"]);
        assert_eq!(of("https://:t@a", "upstash://:t@a"), ["upstash"]);
    }
}
