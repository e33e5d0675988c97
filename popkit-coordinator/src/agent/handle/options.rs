//! Who joins, and how.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Clock, Codec, IdSource, Namespace, RandomIds, SystemClock, Timestamp,
};

/// Tool calls between two check-ins, unless the options say otherwise.
const CHECK_IN_EVERY: u32 = 5;
/// Seconds between two heartbeats, unless the options say otherwise.
const PERIOD: u64 = 15;

/// Options of an [`AgentHandle`](super::AgentHandle).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AgentOptions {
    /// The session.
    pub namespace: Namespace,
    /// The agent's id: no two that live at the same time share one.
    pub agent: AgentId,
    /// Its name, for people; the id where empty.
    pub name: String,
    /// Which start of its program it is, for people; drawn where empty.
    pub program: String,
    /// When it began; `None`: when it joins. Of two starts of one agent the coordinator
    /// listens to the later one. A program that is started anew for every call gives the
    /// time of the first.
    pub started_at: Option<Timestamp>,
    /// What it works on: by these insights find it.
    pub tags: BTreeSet<String>,
    /// The globs of the files it may touch; empty: those of the session.
    pub files: Vec<String>,
    /// How often it sends a heartbeat, at least 1 s. Longer where the transport asks for it.
    pub period: Duration,
    /// A check-in comes with every so many tool calls, at least 1.
    pub check_in_every: u32,
    /// How messages are read and written.
    pub codec: Codec,
    /// By which times are written and it is judged whether a message has expired.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Messages that may be received and not handled at once, at least 1.
    pub unacknowledged: usize,
}

impl AgentOptions {
    /// Of this agent in the unnamed session: a heartbeat every 15 s, a check-in with every
    /// fifth tool call, at most 1024 messages received and not handled.
    #[must_use]
    pub fn new(agent: AgentId) -> Self {
        Self {
            namespace: Namespace::unnamed(),
            agent,
            name: String::new(),
            program: String::new(),
            started_at: None,
            tags: BTreeSet::new(),
            files: Vec::new(),
            period: Duration::from_secs(PERIOD),
            check_in_every: CHECK_IN_EVERY,
            codec: Codec::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            unacknowledged: 1024,
        }
    }

    /// In this session.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// With a name for people.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// As this start of its program, which began then.
    #[must_use]
    pub fn with_start(mut self, program: impl Into<String>, began: Timestamp) -> Self {
        self.program = program.into();
        self.started_at = Some(began);
        self
    }

    /// Working on this.
    #[must_use]
    pub fn with_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Touching these files only: globs.
    #[must_use]
    pub fn with_files<T: Into<String>>(mut self, globs: impl IntoIterator<Item = T>) -> Self {
        self.files = globs.into_iter().map(Into::into).collect();
        self
    }

    /// With a heartbeat so often.
    #[must_use]
    pub fn with_period(mut self, period: Duration) -> Self {
        self.period = period;
        self
    }

    /// With a check-in at every so many tool calls.
    #[must_use]
    pub fn with_check_in_every(mut self, calls: u32) -> Self {
        self.check_in_every = calls;
        self
    }

    /// Reading and writing messages with this codec.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
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

    /// With at most this many messages received and not handled.
    #[must_use]
    pub fn with_unacknowledged(mut self, messages: usize) -> Self {
        self.unacknowledged = messages;
        self
    }
}
