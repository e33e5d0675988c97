//! How a store is opened.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, ScoreMode, SystemClock, duration, limits};

use super::SqliteStore;
use crate::{Durability, Error, ErrorKind, Result};

/// Where the store is unless said otherwise.
const DEFAULT_PATH: &str = ".popkit/tasks.db";

/// How to open a [`SqliteStore`].
///
/// As text, what follows `sqlite:` in a URL: a path, then options behind a `?`. In the path,
/// `%3F` is a question mark, `%25` a percent sign, and so on.
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `durability` | `power-safe`; `crash-safe`, also called `relaxed` | `power-safe` |
/// | `max_lanes` | a number from 1 | 64 |
/// | `mode` | `strict`; `ageing:1m` with the wait that weighs one level of priority | that of the store, `strict` for a new one |
/// | `busy_timeout` | how long to wait for other processes, for instance `5s` | `5s` |
///
/// ```
/// use popkit_store::{Durability, SqliteOptions};
///
/// let options: SqliteOptions = "./x/tasks.db?durability=crash-safe&max_lanes=128".parse()?;
/// assert_eq!(options.durability, Durability::CrashSafe);
/// assert_eq!(options.max_lanes, 128);
/// # Ok::<(), popkit_store::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// The file. It and its folder are made where they are missing, for their owner alone.
    pub path: PathBuf,
    /// What an acknowledged insert, finish or change survives: a power cut, or
    /// ([`Durability::CrashSafe`], much faster on slow disks) the end of any process.
    pub durability: Durability,
    /// The most lanes.
    pub max_lanes: usize,
    /// How scores are made. Belongs to the store: a new store keeps it (strict where not
    /// given), an old one is refused where it was made with another.
    pub mode: Option<ScoreMode>,
    /// The clock that leases are judged by.
    pub clock: Arc<dyn Clock>,
    /// How long to wait for writers in other processes.
    pub busy_timeout: Duration,
}

impl Default for SqliteOptions {
    /// `.popkit/tasks.db`, power-safe.
    fn default() -> Self {
        Self {
            path: PathBuf::from(DEFAULT_PATH),
            durability: Durability::PowerSafe,
            max_lanes: limits::LANES,
            mode: None,
            clock: Arc::new(SystemClock),
            busy_timeout: Duration::from_secs(5),
        }
    }
}

impl SqliteOptions {
    /// The store in this file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// With this durability: power-safe or crash-safe.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// With this many lanes at most.
    #[must_use]
    pub fn max_lanes(mut self, max: usize) -> Self {
        self.max_lanes = max;
        self
    }

    /// With scores made like this.
    #[must_use]
    pub fn mode(mut self, mode: ScoreMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Waiting this long for writers in other processes.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Opens the store; makes it where there is none.
    ///
    /// Whatever is in the way is refused and left as it is: nothing that exists is ever
    /// overwritten or made anew.
    ///
    /// # Errors
    ///
    /// - `InvalidConfig`: another program's database, a store of a later version of popkit or
    ///   of another score mode, a network drive, an option out of its range.
    /// - `Corrupt`: no database at all, or a damaged one.
    /// - `PermissionDenied`, `Full`: what the file system says.
    /// - `Unavailable`: another process holds the store for longer than `busy_timeout`.
    /// - `Unsupported`: the SQLite library is older than 3.51.3.
    pub async fn open(self) -> Result<SqliteStore> {
        super::open::open(self).await.map_err(|e| e.at("sqlite", "open"))
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let expected = match key {
            "durability" => match value {
                "power-safe" => return self.take(|o| o.durability = Durability::PowerSafe),
                "crash-safe" | "relaxed" => {
                    return self.take(|o| o.durability = Durability::CrashSafe);
                }
                _ => "power-safe or crash-safe",
            },
            "max_lanes" => match value.parse() {
                Ok(max) if max > 0 => return self.take(|o| o.max_lanes = max),
                _ => "a number from 1",
            },
            "mode" => match (value, value.strip_prefix("ageing:").map(duration::parse)) {
                ("strict", _) => return self.take(|o| o.mode = Some(ScoreMode::Strict)),
                (_, Some(Ok(step))) => {
                    return self.take(|o| o.mode = Some(ScoreMode::Ageing { step }));
                }
                _ => "strict, or ageing and a time as in ageing:1m",
            },
            "busy_timeout" => match duration::parse(value) {
                Ok(span) => return self.take(|o| o.busy_timeout = span),
                Err(_) => "a time as in 5s",
            },
            _ => return Err(unknown(key)),
        };
        let message = format!("option {key}={value:?}: expected {expected}");
        Err(Error::new(ErrorKind::InvalidConfig, message))
    }

    #[expect(clippy::unnecessary_wraps, reason = "ends a match arm of `set`")]
    fn take(&mut self, change: impl FnOnce(&mut Self)) -> Result<()> {
        change(self);
        Ok(())
    }
}

impl FromStr for SqliteOptions {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, list) = text.split_once('?').unwrap_or((text, ""));
        if path == ":memory:" {
            let message = "SQLite in memory cannot be shared; use the store memory:";
            return Err(Error::new(ErrorKind::InvalidConfig, message));
        }
        let mut options = Self::default();
        if !path.is_empty() {
            options.path = PathBuf::from(unescaped(path)?);
        }
        for part in list.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            options.set(key, value)?;
        }
        Ok(options)
    }
}

/// A path with `%3F` and the like read as what they stand for. A `%` without two hex digits
/// behind it is itself.
fn unescaped(path: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: &u8| char::from(*digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hex(high).zip(hex(low)),
            _ => None,
        };
        bytes.push(escaped.map_or(*first, |(high, low)| high << 4 | low));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(bytes).map_err(|_| {
        Error::new(ErrorKind::InvalidConfig, format!("the path {path:?} escapes what is no text"))
    })
}

const KNOWN: [&str; 4] = ["durability", "max_lanes", "mode", "busy_timeout"];

fn unknown(key: &str) -> Error {
    // A slip of the pen keeps most of the letters in their order.
    let alike = |name: &str| {
        let mut rest = name.chars();
        key.chars().filter(|c| rest.clone().any(|r| r == *c) && rest.any(|r| r == *c)).count()
    };
    let nearest = KNOWN.into_iter().max_by_key(|name| alike(name));
    let hint = nearest.filter(|name| 3 * alike(name) >= 2 * name.len());
    let mean = hint.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    let message = format!("unknown option {key:?}{mean} (known: {})", KNOWN.join(", "));
    Error::new(ErrorKind::InvalidConfig, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_read() {
        let text = "a b/t.db?durability=relaxed&mode=ageing:90s&busy_timeout=250ms&max_lanes=3";
        let options: SqliteOptions = text.parse().unwrap();
        assert_eq!(options.path, PathBuf::from("a b/t.db"));
        assert_eq!(options.durability, Durability::CrashSafe);
        assert_eq!(options.mode, Some(ScoreMode::Ageing { step: Duration::from_secs(90) }));
        assert_eq!(options.busy_timeout, Duration::from_millis(250));
        assert_eq!(options.max_lanes, 3);
        for (text, path) in
            [("a%3Fb%25%23.db?max_lanes=2", "a?b%#.db"), ("100%", "100%"), ("%zz", "%zz")]
        {
            assert_eq!(text.parse::<SqliteOptions>().unwrap().path, PathBuf::from(path));
        }
        assert!("%ff".parse::<SqliteOptions>().is_err());
        let options: SqliteOptions = "".parse().unwrap();
        assert_eq!(options.path, PathBuf::from(DEFAULT_PATH));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_right() {
        for (text, part) in [
            ("t?durabilty=x", "did you mean durability?"),
            ("t?maxlanes=2", "did you mean max_lanes?"),
            ("t?zzz", "known: durability, max_lanes"),
            ("t?durability=fast", "expected power-safe or crash-safe"),
            ("t?max_lanes=0", "expected a number from 1"),
            ("t?mode=ageing", "ageing:1m"),
            (":memory:", "use the store memory:"),
        ] {
            let error = text.parse::<SqliteOptions>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
