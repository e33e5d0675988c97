//! Setting a supervisor up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use popkit_protocol::{AgentId, Clock, ParseError, Profile, SystemClock};
use popkit_store::TaskStore;

use super::blocker::{BlockerPolicy, StandardPolicy};
use super::report::Voice;

/// How long a task may be without an agent before that counts as a blocker.
const PATIENCE: Duration = Duration::from_secs(30);
/// The shortest time between two messages about the progress.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The agent that turns a goal into tasks, watches them and clears what is in their way.
/// It never claims and never executes.
///
/// Clones share the team and act under the same name.
#[derive(Debug, Clone)]
pub struct Supervisor {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) name: AgentId,
    pub(super) policy: Arc<dyn BlockerPolicy>,
    pub(super) patience: Duration,
    pub(super) tell_every: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) voice: Option<Voice>,
    team: Arc<Mutex<Option<Arc<[Profile]>>>>,
}

impl Supervisor {
    /// A supervisor of this name over a store: with the [`StandardPolicy`], without
    /// messages, and not knowing which agents there are.
    ///
    /// In the history its changes carry the name. It counts how often it has put a task back
    /// by it, so another supervisor of the same tasks needs another one.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the name is no agent id.
    pub fn new(name: &str, store: Arc<dyn TaskStore>) -> Result<Self, ParseError> {
        Ok(Self {
            store,
            name: AgentId::new(name)?,
            policy: Arc::new(StandardPolicy::default()),
            patience: PATIENCE,
            tell_every: TELL_EVERY,
            clock: Arc::new(SystemClock),
            voice: None,
            team: Arc::default(),
        })
    }

    /// With another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: impl BlockerPolicy) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// Knowing which agents there are: a task that none of them takes is a blocker.
    #[must_use]
    pub fn with_team(self, profiles: impl IntoIterator<Item = Profile>) -> Self {
        self.set_team(profiles);
        self
    }

    /// The agents that there are from now on, for this supervisor and its clones. Plans that
    /// are watched learn of it at the next look.
    pub fn set_team(&self, profiles: impl IntoIterator<Item = Profile>) {
        let profiles = profiles.into_iter().collect();
        *self.team.lock().unwrap_or_else(PoisonError::into_inner) = Some(profiles);
    }

    /// The agents that there are, where that is known.
    pub(super) fn team(&self) -> Option<Arc<[Profile]>> {
        self.team.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long a task may be without an agent that takes it before that counts as a
    /// blocker. The default is 30 s.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The shortest time between two messages about the progress. The default is 1 s.
    #[must_use]
    pub fn with_tell_every(mut self, span: Duration) -> Self {
        self.tell_every = span;
        self
    }

    /// Telling the time by this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &AgentId {
        &self.name
    }
}
