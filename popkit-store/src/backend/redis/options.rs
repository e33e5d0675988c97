//! How a store is opened.

use std::str::FromStr;
use std::sync::Arc;

use popkit_protocol::{Clock, Namespace, ScoreMode, SessionId, duration, limits};
use popkit_redis::RedisConfig;

use super::RedisStore;
use super::server::Server;
use crate::{Error, ErrorKind, Result};

/// The most lanes that a store can be opened with.
const MOST_LANES: usize = 1024;

/// How to open a [`RedisStore`].
///
/// From text: a URL as `redis://HOST`, `rediss://HOST` (TLS), `unix:PATH`,
/// `redis+cluster://HOST,HOST`, `redis+sentinel://HOST,HOST/MASTER`; with the feature `upstash`
/// `upstash://:TOKEN@HOST` or `https://…`, and `upstash:` for the service that
/// `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN` name. These options stand behind
/// a `?`, besides those of the connection (`timeout=2s`, `protocol=resp3`, …):
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `session` | the session whose tasks and documents these are | the unnamed one |
/// | `max_lanes` | a number from 1 to 1024 | 64 |
/// | `mode` | `strict`; `ageing:1m` with the wait that weighs one level of priority | `strict` |
/// | `allow_eviction` | `true`: also on a server that throws data away when it is full | `false` |
///
/// ```
/// use popkit_store::RedisOptions;
///
/// let options: RedisOptions = "redis://localhost?session=team&timeout=1s".parse()?;
/// assert_eq!(options.max_lanes, 64);
/// assert!("redis://localhost?max_lanes=0".parse::<RedisOptions>().is_err());
/// # Ok::<(), popkit_store::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RedisOptions {
    /// Where the server is. Shown without its password.
    pub(super) server: Server,
    /// Whose tasks and documents these are.
    pub namespace: Namespace,
    /// The most lanes.
    pub max_lanes: usize,
    /// How scores are made. Every handle of a session says the same.
    pub mode: ScoreMode,
    /// Whether a server that evicts keys is taken. Tasks may vanish there.
    pub allow_eviction: bool,
    /// A clock to judge leases by instead of the server's: for tests, where every handle has
    /// the same.
    pub clock: Option<Arc<dyn Clock>>,
}

impl RedisOptions {
    /// With this configuration of the connection.
    #[must_use]
    pub fn new(config: RedisConfig) -> Self {
        Self::at(Server::Native(Box::new(config)))
    }

    /// Over the REST service of Upstash. See [`RedisStore`] for what differs there.
    #[cfg(feature = "upstash")]
    #[cfg_attr(docsrs, doc(cfg(feature = "upstash")))]
    #[must_use]
    pub fn rest(config: popkit_redis::RestConfig) -> Self {
        Self::at(Server::Rest(Box::new(config)))
    }

    fn at(server: Server) -> Self {
        Self {
            server,
            namespace: Namespace::default(),
            max_lanes: limits::LANES,
            mode: ScoreMode::Strict,
            allow_eviction: false,
            clock: None,
        }
    }

    /// For this session.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// With this many lanes at most, up to 1024.
    #[must_use]
    pub fn max_lanes(mut self, max: usize) -> Self {
        self.max_lanes = max;
        self
    }

    /// With scores made like this.
    #[must_use]
    pub fn mode(mut self, mode: ScoreMode) -> Self {
        self.mode = mode;
        self
    }

    /// Also on a server that evicts keys.
    #[must_use]
    pub fn allow_eviction(mut self, allow: bool) -> Self {
        self.allow_eviction = allow;
        self
    }

    /// With this clock instead of the server's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Connects, and looks whether the server can be relied on.
    ///
    /// # Errors
    ///
    /// - `InvalidConfig`: an option out of its range; a server that evicts keys; a server of
    ///   another kind than the URL says.
    /// - `Unsupported`: Redis before 7.0.
    /// - `Unauthenticated`, `PermissionDenied`: the user, the password, the user's rights; the
    ///   token of a REST service, or one that may only read.
    /// - `RateLimited`: the quota of a REST service is used up.
    /// - `Unavailable`, `Timeout`: nothing answers there.
    pub async fn open(self) -> Result<RedisStore> {
        if !(1..=MOST_LANES).contains(&self.max_lanes) {
            return Err(invalid(&format!(
                "max_lanes={}: expected a number from 1 to {MOST_LANES}",
                self.max_lanes
            ))
            .at("redis", "open"));
        }
        super::open::open(self).await.map_err(|error| error.at("redis", "open"))
    }

    /// Takes an option that is the store's own; `false` where it is none.
    fn set(&mut self, name: &str, value: &str) -> Result<bool> {
        let wrong = |expected: &str| {
            let shown = limits::cut(value, 40);
            invalid(&format!("option {name}={shown:?}: expected {expected}"))
        };
        match name {
            "session" => {
                let session = SessionId::new(value).map_err(|e| invalid(&e.to_string()))?;
                self.namespace = Namespace::of(&session);
            }
            "max_lanes" => {
                let lanes = value.parse().ok().filter(|max| (1..=MOST_LANES).contains(max));
                self.max_lanes = lanes.ok_or_else(|| wrong("a number from 1 to 1024"))?;
            }
            "mode" => {
                let step = value.strip_prefix("ageing:").map(duration::parse);
                self.mode = match (value, step) {
                    ("strict", _) => ScoreMode::Strict,
                    (_, Some(Ok(step))) => ScoreMode::Ageing { step },
                    _ => return Err(wrong("strict, or ageing and a time as in ageing:1m")),
                };
            }
            "allow_eviction" => {
                self.allow_eviction = value.parse().map_err(|_| wrong("true or false"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
}

impl FromStr for RedisOptions {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let (place, list) = url.split_once('?').unwrap_or((url, ""));
        // A placeholder until the connection's own options are known.
        let mut options = Self::new(RedisConfig::tcp("localhost", RedisConfig::PORT));
        let mut rest = String::new();
        for part in list.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !options.set(name, value)? {
                rest.push(if rest.is_empty() { '?' } else { '&' });
                rest.push_str(part);
            }
        }
        options.server = Server::of(&format!("{place}{rest}"))?;
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_stores_options_are_taken_out_of_the_url() {
        let url = "redis://:secret@h:1/2?session=red&max_lanes=9&timeout=1s&mode=ageing:90s";
        let options: RedisOptions = url.parse().unwrap();
        match &options.server {
            Server::Native(config) => assert_eq!(config.to_string(), "redis://h:1/2"),
            #[cfg(feature = "upstash")]
            other => panic!("{other:?}"),
        }
        assert_eq!(options.namespace.session().map(SessionId::as_str), Some("red"));
        assert_eq!(options.max_lanes, 9);
        assert_eq!(options.mode, ScoreMode::Ageing { step: Duration::from_secs(90) });
        assert!(!format!("{options:?}").contains("secret"));
    }

    #[cfg(feature = "upstash")]
    #[test]
    fn a_rest_service_has_the_same_options_and_its_own() {
        let url = "upstash://:secret@h/p?session=red&timeout=1s&max_lanes=9";
        let options: RedisOptions = url.parse().unwrap();
        let Server::Rest(config) = &options.server else { panic!("{options:?}") };
        assert_eq!(config.to_string(), "https://h/p");
        assert_eq!((options.max_lanes, options.namespace.session().is_some()), (9, true));
        assert!(!format!("{options:?}").contains("secret"));
        let error = "https://:secret@h?protocol=resp3".parse::<RedisOptions>().unwrap_err();
        assert!(error.to_string().contains("unknown option protocol"), "{error}");
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[cfg(not(feature = "upstash"))]
    #[test]
    fn a_rest_service_that_is_not_built_in_is_told() {
        for url in ["upstash:", "https://:secret@h"] {
            let error = url.parse::<RedisOptions>().unwrap_err();
            assert!(error.to_string().contains("build it with the feature upstash"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, part) in [
            ("redis://h?max_lanes=0", "expected a number from 1 to 1024"),
            ("redis://h?mode=slow", "ageing:1m"),
            ("redis://h?allow_eviction=perhaps", "true or false"),
            ("redis://h?timout=1s", "did you mean timeout?"),
            ("redis://h?session=a.b", "session"),
        ] {
            let error = url.parse::<RedisOptions>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{url}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
