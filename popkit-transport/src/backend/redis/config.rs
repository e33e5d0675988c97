//! How a transport on a Redis server is opened.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{IdSource, Namespace, RandomIds, duration};
use popkit_redis::RedisConfig;
#[cfg(feature = "upstash")]
use popkit_redis::RestConfig;

use super::classify::convert;
use super::{RedisTransport, open};
use crate::{Error, ErrorKind, Keep, Result};

/// Options of a [`RedisTransport`].
///
/// As text a URL, then options. Where the server is and how it is talked to is said as for
/// every Redis backend of popkit: `redis://`, `rediss://`, `unix:`, `redis+cluster://`,
/// `redis+sentinel://` …, with `timeout`, `db`, `ca` and so on. Options of the transport's own:
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `keep_bytes`, `keep_messages` | numbers, per channel; `0`: no bound | 64 MiB; no bound |
/// | `keep_age` | a time as `7d`; `0s`: no bound | `7d` |
/// | `root` | what keys begin with | `pop` |
/// | `allow_eviction` | `true`: on a server, too, that may throw messages away | `false` |
/// | `legacy` | `true`, over REST: with popkit's predecessors, by `popkit:pubsub:CHANNEL` | `false` |
///
/// With the feature `upstash` also over REST: `upstash://:TOKEN@HOST`, `https://:TOKEN@HOST`, or
/// `upstash:` for what `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN` name. There every
/// command is billed, and more options are to the point: `sse=on` (what is new is found at
/// once), `budget` (commands of this process in 30 days), `poll_least`, `poll_most`; see
/// [`popkit_redis::RestConfig`]. Eviction must be off in the console; nobody else can see it.
///
/// | What | Commands billed |
/// |---|---|
/// | publishing one message | 6; with `sse=on` 7; with `legacy=true` 3 more |
/// | publishing `n` at once into one channel | `6 + n` |
/// | replacing a latest value | 6 |
/// | beginning to read `n` channels | `2 n` |
/// | reading what others publish, all channels of a process | 1 each 250 ms while something comes |
/// | waiting | 4 a minute; with `sse=on` 1 |
///
/// A channel into which nothing is published for `keep_age` leaves nothing on the server.
///
/// ```
/// use popkit_transport::RedisTransportOptions;
///
/// let options: RedisTransportOptions = "redis://:hunter2@localhost?keep_age=1d".parse()?;
/// assert!(!format!("{options:?}").contains("hunter2"));
/// # Ok::<(), popkit_transport::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RedisTransportOptions {
    pub(super) server: Server,
    pub(super) namespace: Namespace,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) keep: Keep,
    pub(super) allow_eviction: bool,
    pub(super) legacy: bool,
}

/// Where the server is, and how it is talked to.
#[derive(Debug, Clone)]
pub(super) enum Server {
    Native(RedisConfig),
    #[cfg(feature = "upstash")]
    Rest(RestConfig),
}

impl Server {
    fn read(url: &str) -> Result<Self> {
        #[cfg(feature = "upstash")]
        if matches!(url.split(':').next(), Some("upstash" | "https" | "http")) {
            return RestConfig::from_url(url).map(Self::Rest).map_err(convert);
        }
        url.parse().map(Self::Native).map_err(convert)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native(config) => config.fmt(f),
            #[cfg(feature = "upstash")]
            Self::Rest(config) => config.fmt(f),
        }
    }
}

impl RedisTransportOptions {
    fn new(server: Server) -> Self {
        Self {
            server,
            namespace: Namespace::unnamed(),
            ids: Arc::new(RandomIds),
            keep: Keep::ALL.bytes(64 * 1024 * 1024).age(Duration::from_secs(7 * 24 * 3600)),
            allow_eviction: false,
            legacy: false,
        }
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Keeping this much per channel. Messages and ages are removed some hundred at a time,
    /// bytes a sixteenth of the bound at a time.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// With keys that begin with this word instead of `pop`: another set of messages on the
    /// same server.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for what is no such word: letters, digits, `_` and `-`, at most 32.
    pub fn root(mut self, root: &str) -> Result<Self> {
        self.namespace = Namespace::unnamed().with_root(root).map_err(|error| {
            Error::new(ErrorKind::InvalidConfig, format!("option root: {error}"))
        })?;
        Ok(self)
    }

    /// Whether a server is taken, too, that throws data away when its memory is full: then
    /// messages may be lost, and readers are told by gaps at best.
    #[must_use]
    pub fn allow_eviction(mut self, allow: bool) -> Self {
        self.allow_eviction = allow;
        self
    }

    /// Together with popkit's predecessors on Upstash, over REST: what is published is added to
    /// `popkit:pubsub:CHANNEL`, too, and told by `PUBLISH`; what they add there is imported by
    /// the [bridge](RedisTransport::bridge), where it runs.
    #[must_use]
    pub fn legacy(mut self, legacy: bool) -> Self {
        self.legacy = legacy;
        self
    }

    /// Connects, with one try.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for an option out of range, and for a server that throws data away;
    /// `Unauthenticated`, `PermissionDenied`; `Unsupported` for Redis before 7.0; `Unavailable`,
    /// `Timeout`.
    pub async fn open(self) -> Result<RedisTransport> {
        open::open(self).await.map_err(|error| error.at("redis", "open"))
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |message: &str| Err(Error::new(ErrorKind::InvalidConfig, message));
        if self.keep.bytes.is_some_and(|bytes| bytes < 16 * 1024) {
            return refuse("keep fewer than 16384 bytes: a channel needs more");
        }
        if self.legacy && matches!(self.server, Server::Native(_)) {
            return refuse("legacy=true is for REST; over this wire the bridge needs no option");
        }
        if self.keep.messages == Some(0) || self.keep.age == Some(Duration::ZERO) {
            return refuse("keep nothing: expected at least one message, or some time");
        }
        Ok(())
    }

    /// Sets one of the transport's own options; gives the options back where it is none of them.
    fn set(self, name: &str, value: &str) -> Result<(Self, bool)> {
        let wrong = |expected: &str| {
            let message = format!("option {name}={value}: expected {expected}");
            Error::new(ErrorKind::InvalidConfig, message)
        };
        let number = || value.parse::<u64>().map_err(|_| wrong("a number"));
        let some = |number: u64| (number > 0).then_some(number);
        let keep = self.keep;
        let set = match name {
            "keep_bytes" => self.keep(Keep { bytes: some(number()?), ..keep }),
            "keep_messages" => self.keep(Keep { messages: some(number()?), ..keep }),
            "keep_age" => {
                let age = duration::parse(value).map_err(|_| wrong("a time as 90s or 7d"))?;
                self.keep(Keep { age: Some(age).filter(|age| !age.is_zero()), ..keep })
            }
            "root" => self.root(value)?,
            "allow_eviction" => {
                self.allow_eviction(value.parse().map_err(|_| wrong("true or false"))?)
            }
            "legacy" => self.legacy(value.parse().map_err(|_| wrong("true or false"))?),
            name if name.starts_with("keep") => {
                let known = "keep_bytes, keep_messages, keep_age";
                let message = format!("unknown option {name}; there are {known}");
                return Err(Error::new(ErrorKind::InvalidConfig, message));
            }
            _ => return Ok((self, false)),
        };
        Ok((set, true))
    }
}

impl FromStr for RedisTransportOptions {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (place, options) = text.split_once('?').unwrap_or((text, ""));
        // Whatever else is wrong, a URL without its options shows first.
        let mut read = Self::new(Server::read(place)?);
        let mut rest = String::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let own;
            (read, own) = read.set(name, value)?;
            if !own {
                rest.push(if rest.is_empty() { '?' } else { '&' });
                rest.push_str(option);
            }
        }
        read.server = Server::read(&format!("{place}{rest}"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_apart_from_those_of_the_server() {
        let text = "redis://bob:a%3Fb@localhost/3?keep_bytes=0&timeout=1s&keep_messages=9\
                    &root=my&keep_age=1h&allow_eviction=true&protocol=resp3";
        let options: RedisTransportOptions = text.parse().unwrap();
        assert_eq!(options.keep, Keep::ALL.messages(9).age(Duration::from_secs(3600)));
        assert_eq!(options.server.to_string(), "redis://localhost:6379/3");
        assert!(options.allow_eviction && options.check().is_ok());
        assert_eq!(options.namespace.prefix(), "my:");
        let shown = format!("{options:?}");
        assert!(shown.contains("Resp3") && !shown.contains("a?b"), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, says) in [
            ("redis://localhost?keep_mesages=1", "unknown option keep_mesages"),
            ("redis://localhost?timout=1s", "did you mean timeout?"),
            ("redis://localhost?keep_age=never", "keep_age=never: expected a time"),
            ("redis://localhost?keep_bytes=much", "keep_bytes=much: expected a number"),
            ("redis://localhost?allow_eviction=1", "expected true or false"),
            ("redis://localhost?root=a.b", "option root"),
            ("nowhere", "not a URL"),
        ] {
            let error = text.parse::<RedisTransportOptions>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{text}");
            assert!(error.to_string().contains(says), "{error}");
        }
        for text in ["redis://a?keep_bytes=1", "unix:/a?keep_bytes=16383"] {
            assert!(text.parse::<RedisTransportOptions>().unwrap().check().is_err());
        }
    }
}
