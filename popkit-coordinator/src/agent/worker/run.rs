//! Running a worker: its slots, its heartbeat, its end.

use std::fmt;
use std::sync::Arc;

use popkit_protocol::{HolderId, Profile};
use popkit_store::{Error, ErrorKind, Result, TaskStore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::build::{Settings, WorkerBuilder};
use super::heartbeat;
use super::report::{Tally, WorkerReport};
use super::session::{self, Telling};
use super::shutdown::Shutdown;
use super::slot::Slot;
use crate::agent::Agent;
use crate::agent::held::HeldTasks;

/// An agent at work: claims tasks that fit its profile and executes them, several at a time.
///
/// Every run is another holder, so a worker that restarts never inherits leases by name.
pub struct Worker {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) agent: Arc<dyn Agent>,
    pub(super) profile: Profile,
    pub(super) settings: Settings,
}

/// One run of a worker, shared by its slots and its heartbeat.
pub(super) struct Run {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) agent: Arc<dyn Agent>,
    pub(super) profile: Profile,
    pub(super) settings: Settings,
    pub(super) holder: HolderId,
    pub(super) held: HeldTasks,
    pub(super) tally: Tally,
    pub(super) telling: Option<Telling>,
    /// Claim no more.
    pub(super) drain: CancellationToken,
    /// Stop what runs.
    pub(super) stop: CancellationToken,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("profile", &self.profile)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// Sets a worker up. The name is an agent id: stable, for people.
    #[must_use]
    pub fn builder(name: &str) -> WorkerBuilder {
        WorkerBuilder::new(name)
    }

    pub(super) fn new(
        store: Arc<dyn TaskStore>,
        agent: Arc<dyn Agent>,
        profile: Profile,
        settings: Settings,
    ) -> Self {
        Self { store, agent, profile, settings }
    }

    /// What it offers.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Works until the shutdown, then drains: claims no more, lets running tasks finish
    /// within the grace period, gives back the rest. Heartbeats go on until the end.
    ///
    /// A store that cannot be reached is waited for, however long that takes.
    ///
    /// # Errors
    ///
    /// What the store says that waiting does not cure: closed, damaged, refused.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future aborts what runs; its leases expire and are rescued.
    pub async fn run_until(&self, shutdown: &Shutdown) -> Result<WorkerReport> {
        let (telling, results) = self.settings.session.clone().map(Telling::new).unzip();
        let run = Arc::new(Run {
            store: Arc::clone(&self.store),
            agent: Arc::clone(&self.agent),
            profile: self.profile.clone(),
            holder: self.settings.ids.holder(),
            settings: self.settings.clone(),
            held: HeldTasks::default(),
            tally: Tally::default(),
            telling,
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
        });
        let slots_ended = CancellationToken::new();
        let mut slots = JoinSet::new();
        for number in 0..self.settings.slots {
            slots.spawn(Slot::new(number, Arc::clone(&run)).run());
        }
        let work = async {
            let result = join_all(&mut slots, &run.drain).await;
            slots_ended.cancel();
            result
        };
        let end = async {
            tokio::select! {
                () = shutdown.draining() => {}
                () = run.drain.cancelled() => {}
            }
            run.drain.cancel();
            tokio::select! {
                () = tokio::time::sleep(self.settings.grace) => {}
                () = shutdown.stopping() => {}
            }
            run.stop.cancel();
            slots_ended.cancelled().await;
        };
        let beat = heartbeat::run(&run, &slots_ended);
        tokio::pin!(end);
        let tell = session::tell(run.telling.as_ref(), results, &slots_ended);
        let (result, (), ()) = tokio::join!(
            async {
                tokio::select! {
                    result = work => result,
                    () = &mut end => Ok(()),
                }
            },
            beat,
            tell
        );
        result.map(|()| run.tally.report())
    }
}

/// Waits for all slots. The first that fails makes the others drain.
async fn join_all(slots: &mut JoinSet<Result<()>>, drain: &CancellationToken) -> Result<()> {
    let mut result = Ok(());
    while let Some(ended) = slots.join_next().await {
        let ended = ended.unwrap_or_else(|panic| {
            // Attempts run on tasks of their own; a panic here is a defect of the loop.
            Err(Error::new(ErrorKind::Unexpected, format!("a slot ended: {panic}")))
        });
        if ended.is_err() && result.is_ok() {
            drain.cancel();
            result = ended;
        }
    }
    result
}
