//! Whose inbox, and how much at once.

use std::sync::Arc;

use popkit_protocol::{
    AgentId, Channel, Clock, Codec, IdSource, Namespace, RandomIds, SystemClock, Topic,
};
use popkit_store::StateKey;

/// Options of an [`Inbox`](super::Inbox).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InboxOptions {
    /// The session.
    pub namespace: Namespace,
    /// Whose inbox it is.
    pub agent: AgentId,
    /// Whether it also holds what is broadcast to all agents.
    pub broadcast: bool,
    /// How messages are read: limits, and the zone of senders that write none.
    pub codec: Codec,
    /// By which it is judged whether a message has expired.
    pub clock: Arc<dyn Clock>,
    /// Where the marks around text come from.
    pub ids: Arc<dyn IdSource>,
    /// Messages that may be received and not acknowledged at once, at least 1; no more are
    /// received then.
    pub unacknowledged: usize,
}

impl InboxOptions {
    /// Of this agent in the unnamed session, with broadcasts, and at most 256 messages
    /// unacknowledged.
    #[must_use]
    pub fn new(agent: AgentId) -> Self {
        Self {
            namespace: Namespace::unnamed(),
            agent,
            broadcast: true,
            codec: Codec::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            unacknowledged: 256,
        }
    }

    /// In this session.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// With or without what is broadcast.
    #[must_use]
    pub fn with_broadcast(mut self, broadcast: bool) -> Self {
        self.broadcast = broadcast;
        self
    }

    /// Reading messages with this codec.
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

    /// With at most this many messages unacknowledged.
    #[must_use]
    pub fn with_unacknowledged(mut self, messages: usize) -> Self {
        self.unacknowledged = messages;
        self
    }

    /// The document that holds its place: `pop:inbox:AGENT`.
    pub(super) fn key(&self) -> popkit_store::Result<StateKey> {
        StateKey::new(format!("{}inbox:{}", self.namespace.prefix(), self.agent))
    }

    pub(super) fn channels(&self) -> Vec<Channel> {
        let own = Topic::Agent(self.agent.clone());
        let topics = std::iter::once(own).chain(self.broadcast.then_some(Topic::Broadcast));
        topics.map(|topic| self.namespace.channel(&topic)).collect()
    }
}
