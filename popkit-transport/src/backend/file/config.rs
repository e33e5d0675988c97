//! How a transport in files is opened.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, Durability, IdSource, RandomIds, SystemClock, duration};

use super::FileTransport;
use super::open;
use crate::{Error, ErrorKind, Keep, Result};

/// Options of a [`FileTransport`].
///
/// As text, after `file:` in a URL: the folder, then options:
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `durability` | `power-safe`, `crash-safe` (nothing is synced) | `power-safe` |
/// | `keep_bytes`, `keep_messages` | numbers, per channel; `0`: no bound | 256 MiB; no bound |
/// | `keep_age` | a time as `7d`; `0s`: no bound | `7d` |
/// | `poll` | `1ms` to `60s` | `50ms` |
/// | `watch` | `true`, `false` | `true` |
///
/// In the folder, `%3F` is a `?` and `%25` a `%`.
#[derive(Debug, Clone)]
pub struct FileOptions {
    pub(super) folder: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) durability: Durability,
    pub(super) keep: Keep,
    pub(super) segment_bytes: u64,
    pub(super) poll: Duration,
    pub(super) watch: bool,
}

impl FileOptions {
    /// Of this folder, which is made where it is missing.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            durability: Durability::PowerSafe,
            keep: Keep::ALL.bytes(256 * 1024 * 1024).age(Duration::from_secs(7 * 24 * 3600)),
            segment_bytes: 8 * 1024 * 1024,
            poll: Duration::from_millis(50),
            watch: true,
        }
    }

    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// What an answered publish survives: [`Durability::PowerSafe`] syncs it first,
    /// [`Durability::CrashSafe`] does not. Anything else is refused when opening.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Keeping this much per channel.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Bytes after which a segment is full: 4 KiB to 1 GiB. Old messages are removed a segment
    /// at a time.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// How long a reader sleeps that nobody wakes: 1 ms to 60 s. Other processes' messages are
    /// found after this time at the latest.
    #[must_use]
    pub fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Whether to have the system tell of changes (feature `file-watch`). Without, polling
    /// finds them.
    #[must_use]
    pub fn watch(mut self, watch: bool) -> Self {
        self.watch = watch;
        self
    }

    /// Opens the folder, or makes it.
    ///
    /// # Errors
    ///
    /// `InvalidConfig` for an option out of range and for a folder that is somebody else's;
    /// `PermissionDenied` where others may write it; `Full`, `Unavailable`.
    pub async fn open(self) -> Result<FileTransport> {
        open::open(self).await
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidConfig, message));
        if !matches!(self.durability, Durability::PowerSafe | Durability::CrashSafe) {
            let found = self.durability;
            return refuse(format!("durability {found}: expected power-safe or crash-safe"));
        }
        if !(4096..=1 << 30).contains(&self.segment_bytes) {
            return refuse(format!(
                "segments of {} bytes: expected 4 KiB to 1 GiB",
                self.segment_bytes
            ));
        }
        if !(Duration::from_millis(1)..=Duration::from_secs(60)).contains(&self.poll) {
            return refuse(format!("poll every {:?}: expected 1 ms to 60 s", self.poll));
        }
        if self.keep.bytes.is_some_and(|bytes| bytes < 16 * 1024) {
            return refuse("keep fewer than 16384 bytes: a channel needs more".to_owned());
        }
        if self.keep.messages == Some(0) || self.keep.age == Some(Duration::ZERO) {
            return refuse("keep nothing: expected at least one message, or some time".to_owned());
        }
        Ok(())
    }

    fn set(self, name: &str, value: &str) -> Result<Self> {
        let wrong = |expected: &str| {
            let message = format!("option {name}={value}: expected {expected}");
            Error::new(ErrorKind::InvalidConfig, message)
        };
        let number = || value.parse::<u64>().map_err(|_| wrong("a number"));
        let time = || duration::parse(value).map_err(|_| wrong("a time as 90s or 7d"));
        let some = |number: u64| (number > 0).then_some(number);
        let keep = self.keep;
        Ok(match name {
            "durability" => self.durability(match value {
                "power-safe" => Durability::PowerSafe,
                "crash-safe" => Durability::CrashSafe,
                _ => return Err(wrong("power-safe or crash-safe")),
            }),
            "keep_bytes" => self.keep(Keep { bytes: some(number()?), ..keep }),
            "keep_messages" => self.keep(Keep { messages: some(number()?), ..keep }),
            "keep_age" => self.keep(Keep { age: Some(time()?).filter(|t| !t.is_zero()), ..keep }),
            "poll" => self.poll(time()?),
            "watch" => self.watch(value.parse().map_err(|_| wrong("true or false"))?),
            _ => {
                let known = "durability, keep_bytes, keep_messages, keep_age, poll, watch";
                let message = format!("unknown option {name}; there are {known}");
                return Err(Error::new(ErrorKind::InvalidConfig, message));
            }
        })
    }
}

impl FromStr for FileOptions {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (folder, options) = text.split_once('?').unwrap_or((text, ""));
        if folder.is_empty() {
            let message = "no folder; for instance file:./.popkit/messages";
            return Err(Error::new(ErrorKind::InvalidConfig, message));
        }
        let folder = folder.replace("%3F", "?").replace("%23", "#").replace("%25", "%");
        let mut read = Self::new(folder);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            read = read.set(name, value)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_from_text() {
        let text =
            "/x/a%3Fb?durability=crash-safe&keep_bytes=0&keep_messages=9&keep_age=1h&watch=false";
        let options: FileOptions = text.parse().unwrap();
        assert_eq!(options.folder.to_str(), Some("/x/a?b"));
        assert_eq!(options.durability, Durability::CrashSafe);
        assert_eq!(options.keep, Keep::ALL.messages(9).age(Duration::from_secs(3600)));
        assert!(!options.watch && options.check().is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, says) in [
            ("", "no folder"),
            ("x?kep_age=1h", "unknown option kep_age"),
            ("x?durability=process", "durability=process: expected power-safe"),
            ("x?keep_bytes=much", "keep_bytes=much: expected a number"),
            ("x?poll=never", "poll=never: expected a time"),
        ] {
            let error = text.parse::<FileOptions>().unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        assert!("x?poll=2h".parse::<FileOptions>().unwrap().check().is_err());
        assert!("x?keep_bytes=1".parse::<FileOptions>().unwrap().check().is_err());
    }
}
