//! Setting an interface agent up.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use popkit_protocol::{AgentId, Clock, IdSource, ParseError, RandomIds, SystemClock};
use popkit_store::TaskStore;

use super::hear::Heard;

/// The agent that people talk to: it tells them how things stand, takes their tasks and
/// carries out their commands. It neither claims nor executes.
///
/// It keeps no copy of any task: every answer is read from the store when it is asked for.
/// Clones share what was heard.
#[derive(Debug, Clone)]
pub struct InterfaceAgent {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) name: AgentId,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) heard: Arc<Mutex<Heard>>,
    /// Where the history ended when it was last looked at: a hint.
    pub(super) end: Arc<AtomicU64>,
}

impl InterfaceAgent {
    /// An interface agent over a store. In the history its changes carry its name.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the name is no agent id.
    pub fn new(name: &str, store: Arc<dyn TaskStore>) -> Result<Self, ParseError> {
        Ok(Self {
            store,
            name: AgentId::new(name)?,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            heard: Arc::default(),
            end: Arc::default(),
        })
    }

    /// Telling the time by this clock.
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

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &AgentId {
        &self.name
    }
}
