//! How a double is set up.

use std::time::Duration;

use crate::RedisOptions;

/// How an [`UpstashDouble`](crate::UpstashDouble) is set up; the default is an empty database with
/// the limits of the free plan.
///
/// ```
/// use popkit_testkit::UpstashOptions;
///
/// let options = UpstashOptions::default().max_request(4096).quota(100);
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct UpstashOptions {
    pub(super) redis: RedisOptions,
    pub(super) max_request: usize,
    pub(super) max_key: usize,
    pub(super) quota: Option<u64>,
    pub(super) quota_status: u16,
    pub(super) ignore_block: bool,
    pub(super) encode_nested_ok: bool,
    pub(super) split_chunks: bool,
    pub(super) replica_delay: Option<Duration>,
    pub(super) broken: Option<Broken>,
}

/// A way in which a double is wrong on purpose: what checks a double must notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The header that asks for base64 is ignored.
    NoBase64,
    /// Every token is accepted, and so is none.
    AnyToken,
    /// `XREAD` answers keys and entries in one flat list, as RESP3 does, not in pairs.
    FlatXread,
    /// There is no `/psubscribe`.
    NoPsubscribe,
}

impl Default for UpstashOptions {
    fn default() -> Self {
        Self {
            redis: RedisOptions::default(),
            max_request: 10 * 1024 * 1024,
            max_key: 32 * 1024,
            quota: None,
            quota_status: 400,
            ignore_block: false,
            encode_nested_ok: false,
            split_chunks: false,
            replica_delay: None,
            broken: None,
        }
    }
}

impl UpstashOptions {
    /// Sets up the server behind. Its users are the double's own: an ACL file, a password, TLS and a
    /// Unix socket are not for this.
    #[must_use]
    pub fn redis(self, redis: RedisOptions) -> Self {
        Self { redis, ..self }
    }

    /// The longest body of a request, in bytes; 10 MiB by default.
    #[must_use]
    pub fn max_request(self, bytes: usize) -> Self {
        Self { max_request: bytes, ..self }
    }

    /// The longest key, in bytes; 32 KiB by default.
    #[must_use]
    pub fn max_key(self, bytes: usize) -> Self {
        Self { max_key: bytes, ..self }
    }

    /// How many commands run before all others are refused; without end by default. Commands that
    /// scripts run count.
    #[must_use]
    pub fn quota(self, commands: u64) -> Self {
        Self { quota: Some(commands), ..self }
    }

    /// The HTTP status of a command beyond the [quota](Self::quota), which no document tells; 400 by
    /// default.
    #[must_use]
    pub fn quota_status(self, status: u16) -> Self {
        Self { quota_status: status, ..self }
    }

    /// Leaves `BLOCK` out of `XREAD` and `XREADGROUP` instead of refusing the command: the service
    /// may do either.
    #[must_use]
    pub fn ignore_block(self) -> Self {
        Self { ignore_block: true, ..self }
    }

    /// Encodes an `OK` that stands within a list, as any other string: the service may do either.
    #[must_use]
    pub fn encode_nested_ok(self) -> Self {
        Self { encode_nested_ok: true, ..self }
    }

    /// Sends every event of a stream in chunks of one byte, so that chunks end within lines and
    /// within characters.
    #[must_use]
    pub fn split_chunks(self) -> Self {
        Self { split_chunks: true, ..self }
    }

    /// Reads go to a replica that learns everything this much later, unless the request's sync token
    /// asks for more than the replica has.
    ///
    /// [`UpstashDouble::replica_link`](crate::UpstashDouble::replica_link) can hold the replica back
    /// for as long as a test wants.
    #[must_use]
    pub fn stale_replica(self, delay: Duration) -> Self {
        Self { replica_delay: Some(delay), ..self }
    }

    /// Makes the double wrong in one way.
    #[must_use]
    pub fn broken(self, broken: Broken) -> Self {
        Self { broken: Some(broken), ..self }
    }

    /// Whether the double is wrong in this way.
    pub(super) fn is(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }
}
