//! Setting a worker up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Capability, IdSource, Kinds, ParseError, Profile, RandomIds, TaskKind,
};
use popkit_store::TaskStore;

use super::run::Worker;
use crate::agent::{Agent, AgentHandle};
use crate::typed::Handlers;

/// A worker that cannot be built. Every reason is listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot build worker {worker}: {}", problems.join("; "))]
#[non_exhaustive]
pub struct BuildError {
    /// Its name.
    pub worker: String,
    /// What is wrong, one line each.
    pub problems: Vec<String>,
}

/// Sets a [`Worker`] up. Mistakes are collected and reported by
/// [`build`](WorkerBuilder::build), all at once.
#[derive(Debug)]
pub struct WorkerBuilder {
    name: String,
    pub(super) kinds: Option<BTreeSet<TaskKind>>,
    capabilities: BTreeSet<Capability>,
    pub(super) problems: Vec<String>,
    settings: Settings,
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) slots: u32,
    pub(super) lease: Duration,
    pub(super) grace: Duration,
    pub(super) stop_grace: Duration,
    pub(super) longest_wait: Duration,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) session: Option<AgentHandle>,
}

impl WorkerBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kinds: None,
            capabilities: BTreeSet::new(),
            problems: Vec::new(),
            settings: Settings {
                slots: 1,
                lease: Duration::from_secs(15),
                grace: Duration::from_secs(10),
                stop_grace: Duration::from_secs(2),
                longest_wait: Duration::from_secs(30),
                ids: Arc::new(RandomIds),
                session: None,
            },
        }
    }

    fn note<T>(&mut self, parsed: Result<T, ParseError>) -> Option<T> {
        parsed.map_err(|error| self.problems.push(error.to_string())).ok()
    }

    /// Takes tasks of these kinds; without any, of every kind.
    #[must_use]
    pub fn kinds<T: AsRef<str>>(mut self, kinds: impl IntoIterator<Item = T>) -> Self {
        for kind in kinds {
            if let Some(kind) = self.note(TaskKind::new(kind)) {
                self.kinds.get_or_insert_default().insert(kind);
            }
        }
        self
    }

    /// Can do this.
    #[must_use]
    pub fn capabilities<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        for name in names {
            if let Some(capability) = self.note(Capability::new(name)) {
                self.capabilities.insert(capability);
            }
        }
        self
    }

    /// Executes so many tasks at a time, 1 to 256. The default is 1.
    #[must_use]
    pub fn slots(mut self, slots: u32) -> Self {
        if !(1..=256).contains(&slots) {
            self.problems.push(format!("{slots} slots; expected 1 to 256"));
        }
        self.settings.slots = slots;
        self
    }

    /// Leases of this length, 100 ms to 24 h. The default is 15 s; the heartbeat comes every
    /// quarter of it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        if !(Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(&lease) {
            self.problems.push(format!("a lease of {lease:?}; expected 100 ms to 24 h"));
        }
        self.settings.lease = lease;
        self
    }

    /// How long running tasks have to finish when the worker drains. The default is 10 s.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// How long an attempt that was told to stop has to return before it is dropped. The
    /// default is 2 s; after the loss of a lease it is at most a fifth of the lease.
    #[must_use]
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.settings.stop_grace = grace;
        self
    }

    /// Draws ids from here.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.settings.ids = ids;
        self
    }

    /// Belongs to a power session: the heartbeats of this handle tell what the worker does,
    /// and a `RESULT` how each of its tasks ended. What the session says to the agent is left
    /// to whoever asks for the [next order](AgentHandle::next), or
    /// [attends](AgentHandle::attend) it.
    #[must_use]
    pub fn session(mut self, session: AgentHandle) -> Self {
        self.settings.session = Some(session);
        self
    }

    /// The worker, executing by typed handlers. Their kinds are the kinds it takes;
    /// [`kinds`](Self::kinds) may narrow that.
    ///
    /// # Errors
    ///
    /// [`BuildError`] with everything that is wrong, missing state and doubled kinds among it.
    pub fn build_typed(
        mut self,
        store: Arc<dyn TaskStore>,
        handlers: Handlers,
    ) -> Result<Worker, BuildError> {
        let (agent, handled, problems) = handlers.finish(&self.capabilities);
        self.problems.extend(problems);
        let wanted = self.kinds.get_or_insert_with(|| handled.clone());
        for kind in wanted.difference(&handled) {
            self.problems.push(format!("kind {kind:?} has no handler", kind = kind.as_str()));
        }
        self.build(store, Arc::new(agent))
    }

    /// The worker, executing by `agent`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] with everything that is wrong.
    pub fn build(
        mut self,
        store: Arc<dyn TaskStore>,
        agent: Arc<dyn Agent>,
    ) -> Result<Worker, BuildError> {
        let id = AgentId::new(&self.name);
        match (self.note(id), self.problems.is_empty()) {
            (Some(id), true) => {
                let kinds = self.kinds.map_or(Kinds::Any, Kinds::Only);
                let profile = Profile::new(id, kinds, self.capabilities);
                Ok(Worker::new(store, agent, profile, self.settings))
            }
            _ => Err(BuildError { worker: self.name, problems: self.problems }),
        }
    }
}
