//! How a mirror is set up.

use std::sync::Arc;

use popkit_protocol::{IdSource, Namespace, RandomIds};
use popkit_store::StateKey;

/// Options of a [`TaskMirror`](super::TaskMirror).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MirrorOptions {
    /// The session whose channels it publishes on. One store has one mirror per session.
    pub namespace: Namespace,
    /// Events read at once, 1 to 1000. A restart repeats at most that many messages; readers
    /// drop the repeats.
    pub page: usize,
    /// Where its producer's id comes from.
    pub ids: Arc<dyn IdSource>,
}

impl Default for MirrorOptions {
    /// The unnamed session, 256 events at once.
    fn default() -> Self {
        Self { namespace: Namespace::unnamed(), page: 256, ids: Arc::new(RandomIds) }
    }
}

impl MirrorOptions {
    /// On the channels of this session.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// Reading at most this many events at once.
    #[must_use]
    pub fn with_page(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    /// Drawing ids from here.
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// The document that holds its place: `pop:mirror:tasks`.
    pub(super) fn key(&self) -> popkit_store::Result<StateKey> {
        StateKey::new(format!("{}mirror:tasks", self.namespace.prefix()))
    }
}
