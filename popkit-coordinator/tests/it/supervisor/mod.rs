//! The supervisor, over a memory store and over SQLite.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blockers;
mod messages;
mod policy;
mod progress;
mod publish;
mod restart;
mod run;

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::supervisor::{Monitor, Published, Supervisor};
use popkit_coordinator::plan::TaskGraph;
use popkit_protocol::{
    Backoff, Kinds, Lease, ManualClock, NewTask, Outcome, Profile, RandomIds, RetryPolicy, Task,
    TaskId, TaskKind,
};
use popkit_store::{
    Action, ChangeRequest, Claimant, MemoryOptions, SqliteOptions, TaskStore, TaskStoreExt as _,
};
use popkit_testkit::{Scratch, scratch};

/// A store, and those who work over it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) store: Arc<dyn TaskStore>,
    pub(crate) clock: Arc<ManualClock>,
    claimant: Claimant,
    /// Removed when the stage goes.
    _folder: Scratch,
}

impl Stage {
    pub(crate) fn over(store: Arc<dyn TaskStore>, clock: Arc<ManualClock>) -> Self {
        Self { store, clock, claimant: claimant(&[]), _folder: scratch() }
    }

    pub(crate) fn memory() -> Self {
        let clock = Arc::new(ManualClock::default());
        let store = MemoryOptions::default().clock(Arc::<ManualClock>::clone(&clock)).open();
        Self::over(Arc::new(store), clock)
    }

    pub(crate) async fn sqlite() -> Self {
        let (clock, folder) = (Arc::new(ManualClock::default()), scratch());
        let options = SqliteOptions::new(folder.join("tasks.db"));
        let store = options.clock(Arc::<ManualClock>::clone(&clock)).open().await.unwrap();
        Self { _folder: folder, ..Self::over(Arc::new(store), clock) }
    }

    /// One of each.
    pub(crate) async fn both() -> [Self; 2] {
        [Self::memory(), Self::sqlite().await]
    }

    /// The same store and clock.
    pub(crate) fn again(&self) -> Self {
        Self::over(Arc::clone(&self.store), Arc::clone(&self.clock))
    }

    pub(crate) fn supervisor(&self) -> Supervisor {
        let supervisor = Supervisor::new("lead", Arc::clone(&self.store)).unwrap();
        supervisor.with_clock(Arc::<ManualClock>::clone(&self.clock))
    }

    /// A supervisor at the watch over these tasks.
    pub(crate) async fn watch(
        &self,
        supervisor: &Supervisor,
        tasks: impl IntoIterator<Item = NewTask>,
    ) -> Monitor {
        supervisor.monitor(&publish(supervisor, tasks).await).await.unwrap()
    }

    pub(crate) async fn claim(&self, id: &str) -> Lease {
        let claimant = claimant(&[id]);
        let lease = self.store.claim(&claimant).await.unwrap();
        lease.unwrap_or_else(|| panic!("{id} is not ready ({})", self.store.backend()))
    }

    pub(crate) async fn finish(&self, lease: &Lease, outcome: Outcome) {
        self.store.finish(&self.claimant, lease, outcome).await.unwrap();
    }

    pub(crate) async fn done(&self, id: &str) {
        let lease = self.claim(id).await;
        self.finish(&lease, Outcome::Done { result: None }).await;
    }

    /// Claims a task of this kind, which has to be that one, and ends it.
    pub(crate) async fn done_of(&self, kind: &str, wanted: &str) {
        let lease = self.claim(kind).await;
        assert_eq!(lease.task.id().as_str(), wanted);
        self.finish(&lease, Outcome::Done { result: None }).await;
    }

    /// Fails an attempt; the tasks of these tests have one.
    pub(crate) async fn fail(&self, id: &str) {
        let lease = self.claim(id).await;
        self.finish(&lease, Outcome::retry("it broke")).await;
    }

    pub(crate) async fn fatal(&self, id: &str) {
        let lease = self.claim(id).await;
        self.finish(&lease, Outcome::fail("it cannot work")).await;
    }

    pub(crate) async fn change(&self, id: &str, action: Action) {
        let request = ChangeRequest::new(TaskId::new(id).unwrap(), action, "anna");
        self.store.change(request).await.unwrap();
    }

    pub(crate) async fn get(&self, id: &str) -> Task {
        self.store.get(&TaskId::new(id).unwrap()).await.unwrap().expect("the task is there")
    }

    pub(crate) fn pass(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }
}

pub(crate) fn claimant(kinds: &[&str]) -> Claimant {
    Claimant::new(&RandomIds, profile(kinds)).with_lease(Duration::from_secs(3600))
}

pub(crate) fn profile(kinds: &[&str]) -> Profile {
    let kinds = kinds.iter().map(|kind| TaskKind::new(kind).unwrap()).collect();
    Profile::new("worker-1".try_into().unwrap(), Kinds::Only(kinds), [])
}

/// A task of a kind of its own, tried once.
pub(crate) fn task(id: &str, needs: &[&str]) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), TaskKind::new(id).unwrap())
        .with_title(format!("the title of {id}"))
        .with_needs(needs.iter().map(|need| TaskId::new(need).unwrap()))
        .with_retry(RetryPolicy::attempts(1).with_backoff(Backoff::None))
}

pub(crate) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

pub(crate) async fn publish(
    supervisor: &Supervisor,
    tasks: impl IntoIterator<Item = NewTask>,
) -> Published {
    supervisor.publish(&TaskGraph::new(tasks.into_iter().collect()).unwrap()).await.unwrap()
}

/// Turns until nothing changes any more.
pub(crate) async fn settle(monitor: &mut Monitor) {
    let mut before = None;
    while before.as_ref() != Some(&*monitor.progress()) {
        before = Some((*monitor.progress()).clone());
        assert_eq!(monitor.turn().await.unwrap(), None);
    }
}
