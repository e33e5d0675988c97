//! The configuration of the REST wire.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::Address;

/// Where the REST service is and how it is talked to.
///
/// From text, where the password of the URL is the token:
///
/// | URL | Service |
/// |---|---|
/// | `upstash://[:TOKEN@]HOST[:PORT][/PATH]`, `https://…` | over TLS |
/// | `http://[:TOKEN@]HOST:PORT[/PATH]` | unencrypted: on this machine only |
/// | `upstash:` | the one that the environment names ([`from_url`](Self::from_url)) |
///
/// Options follow a `?` and are joined by `&`:
///
/// | Option | Values | Default |
/// |---|---|---|
/// | `timeout` | how long a call may take, with all its tries, `10ms` to `10m` | `10s` |
/// | `try_timeout` | how long one try may take, `10ms` to `10m` | `5s` |
/// | `connect_timeout` | how long connecting may take, `10ms` to `10m` | `2s` |
/// | `silence` | idle time after which a subscription is made anew, `10ms` to `1d` | `5m` |
/// | `answer_limit` | the largest answer that is taken, in bytes | 64 MiB |
/// | `poll_least`, `poll_most` | the pauses between two questions for what is new, `1ms` to `1h` | `250ms`, `15s` |
/// | `sse` | `on`: hints by server-sent events, so that nobody waits for the next question | `off` |
/// | `budget` | commands that this process may use in 30 days; it asks less often in time | no bound |
/// | `key_locking` | `false` before Redis itself, which refuses Upstash's line for scripts | `true` |
/// | `ca` | a PEM file with the authorities to trust, instead of the system's | – |
///
/// Special characters are escaped as in every URL: `%40` is an `@`.
///
/// Over TLS a proxy that the environment names (`HTTPS_PROXY`) is used. `Display` and `Debug`
/// do not show the token.
///
/// ```
/// use popkit_redis::RestConfig;
///
/// let config: RestConfig = "upstash://:hunter2@eu1-a-b-1.upstash.io?timeout=5s".parse()?;
/// assert_eq!(config.to_string(), "https://eu1-a-b-1.upstash.io");
/// # Ok::<(), popkit_redis::Error>(())
/// ```
#[derive(Clone)]
pub struct RestConfig {
    pub(crate) tls: bool,
    pub(crate) address: Address,
    /// Without a slash at its end.
    pub(crate) path: String,
    pub(crate) token: Option<SecretString>,
    pub(crate) timeout: Duration,
    pub(crate) try_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) silence: Duration,
    pub(crate) answer_limit: usize,
    pub(crate) poll_least: Duration,
    pub(crate) poll_most: Duration,
    pub(crate) sse: bool,
    pub(crate) budget: Option<u64>,
    pub(crate) key_locking: bool,
    pub(crate) ca: Option<PathBuf>,
}

impl RestConfig {
    /// The service at this host, over TLS, with the defaults of everything else.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self::at(true, Address::tcp(host, 443))
    }

    pub(super) fn at(tls: bool, address: Address) -> Self {
        Self {
            tls,
            address,
            path: String::new(),
            token: None,
            timeout: Duration::from_secs(10),
            try_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            silence: Duration::from_secs(300),
            answer_limit: 64 * 1024 * 1024,
            poll_least: Duration::from_millis(250),
            poll_most: Duration::from_secs(15),
            sse: false,
            budget: None,
            key_locking: true,
            ca: None,
        }
    }

    /// With this token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(SecretString::from(token.into()));
        self
    }

    /// How long a call may take, with all its tries and the pauses between them: 10 ms to
    /// 10 min.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one try of a call may take: 10 ms to 10 min. A write whose answer does not come
    /// in this time is not tried again.
    #[must_use]
    pub fn try_timeout(mut self, timeout: Duration) -> Self {
        self.try_timeout = timeout;
        self
    }

    /// How long connecting may take: 10 ms to 10 min.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Idle time after which a subscription is made anew, for one that is silent cannot be told
    /// from one that is lost: 10 ms to a day. Each time costs one command, and a
    /// [`Notice::Missed`](crate::Notice::Missed).
    #[must_use]
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// The largest answer that is taken, in bytes: 1 KiB or more. What is larger is not held in
    /// memory.
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// The pauses between two questions for what is new ([`Redis::await_entries`]): the shorter
    /// one while something comes, twice as long each time while nothing does, up to the longer
    /// one; 1 ms to an hour.
    ///
    /// [`Redis::await_entries`]: crate::Redis::await_entries
    #[must_use]
    pub fn poll(mut self, least: Duration, most: Duration) -> Self {
        (self.poll_least, self.poll_most) = (least, most);
        self
    }

    /// Whether who adds something tells so on a channel, and who waits listens to it
    /// ([`Redis::hear`]): what is new is found at once, and while hints come the longest pause
    /// is four times as long. For all who share the data, or for none: what is added without a
    /// hint is found by asking.
    ///
    /// [`Redis::hear`]: crate::Redis::hear
    #[must_use]
    pub fn sse(mut self, sse: bool) -> Self {
        self.sse = sse;
        self
    }

    /// How many commands this process may use in 30 days: 1,000 or more. Once half of them are
    /// used, it asks for what is new no more often than what is left allows, and says so.
    /// Nothing is refused: only polling slows down. It is counted while a handle is open: where
    /// all are closed and one is opened again, the count and the 30 days begin anew. See [`Counters::billed`].
    ///
    /// [`Counters::billed`]: crate::Counters::billed
    #[must_use]
    pub fn budget(mut self, commands: u64) -> Self {
        self.budget = Some(commands);
        self
    }

    /// Whether scripts begin with the line that makes Upstash lock their keys alone. A proxy
    /// before Redis itself refuses it.
    #[must_use]
    pub fn key_locking(mut self, key_locking: bool) -> Self {
        self.key_locking = key_locking;
        self
    }

    /// Trusting the authorities in this PEM file, and no others.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca = Some(file.into());
        self
    }
}
