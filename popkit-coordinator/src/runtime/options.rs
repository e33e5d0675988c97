//! How a session is run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, Codec, IdSource, Namespace, RandomIds, SystemClock};

/// Which tasks of a store belong to a session. A task with the tag `phase:NAME` belongs to
/// that phase, another one to the phase that runs when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Follow {
    /// All that are open when the session begins, and all that come.
    #[default]
    Open,
    /// All with this tag, those that have ended included.
    Tagged(String),
}

/// How often a coordinator writes and looks where nothing is urgent. Messages are always sent
/// at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Changes of documents alone, such as those of heartbeats, may wait for so long, to be
    /// written together.
    pub documents: Duration,
    /// The rest between two looks at the log of tasks: after news, and the longest.
    pub look: (Duration, Duration),
}

impl Pace {
    /// Where commands cost nothing: documents at once, the log after 250 ms to 2 s.
    pub const FREE: Self = Self {
        documents: Duration::ZERO,
        look: (Duration::from_millis(250), Duration::from_secs(2)),
    };
    /// Where each is billed: both once a minute, the log after 15 s while something happens.
    pub const BILLED: Self = Self {
        documents: Duration::from_secs(60),
        look: (Duration::from_secs(15), Duration::from_secs(60)),
    };
}

/// Options of a [`Coordinator`](super::Coordinator).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CoordinatorOptions {
    /// Under which names the session has its channels and documents.
    pub namespace: Namespace,
    /// Who this coordinator is, for people: as the document `leader` says it.
    pub name: String,
    /// How long a leader may be silent before another takes over, 1 s to 10 min. It renews
    /// every third of it.
    pub lease: Duration,
    /// Which tasks are the session's.
    pub follow: Follow,
    /// How often it writes and looks where nothing is urgent.
    pub pace: Pace,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// How messages are read and written.
    pub codec: Codec,
    /// How long a message of the coordinator counts that has no time of its own; those of the
    /// documentation, 300 s, where `None`.
    pub message_ttl: Option<Duration>,
    /// Whether patterns are written as documents.
    pub store_patterns: bool,
    /// Where the log of inputs is written, as JSON lines: [`read_record`](super::read_record)
    /// reads it.
    pub record: Option<PathBuf>,
}

impl CoordinatorOptions {
    /// In the unnamed session, with a lease of 15 s.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            namespace: Namespace::unnamed(),
            name: name.into(),
            lease: Duration::from_secs(15),
            follow: Follow::Open,
            pace: Pace::FREE,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            codec: Codec::default(),
            message_ttl: None,
            store_patterns: true,
            record: None,
        }
    }

    /// In this session.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// With leases of this length, at least 1 s and at most 10 min.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.clamp(Duration::from_secs(1), Duration::from_secs(600));
        self
    }

    /// Following these tasks.
    #[must_use]
    pub fn with_follow(mut self, follow: Follow) -> Self {
        self.follow = follow;
        self
    }

    /// At this pace. Where commands are billed, give longer [leases](Self::with_lease), too.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// With this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Reading and writing messages with this codec.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// With messages that count for so long.
    #[must_use]
    pub fn with_message_ttl(mut self, ttl: Duration) -> Self {
        self.message_ttl = Some(ttl);
        self
    }

    /// Writing patterns as documents, or not.
    #[must_use]
    pub fn with_store_patterns(mut self, are_stored: bool) -> Self {
        self.store_patterns = are_stored;
        self
    }

    /// Writing the log of inputs to this file.
    #[must_use]
    pub fn with_record(mut self, file: impl Into<PathBuf>) -> Self {
        self.record = Some(file.into());
        self
    }
}
