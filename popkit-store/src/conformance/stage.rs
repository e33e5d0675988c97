//! What cases are written with: a fresh store, and short words for what is done to it.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Clock as _, IdSource as _, Kinds, Lease, LeaseToken, ManualClock, NewTask, Outcome, Profile,
    RandomIds, Requirement, SystemClock, Task, TaskEvent, TaskId, TaskKind, TaskState, Timestamp,
};

use super::harness::Harness;
use crate::{
    Action, Beat, ChangeRequest, Claimant, Finished, Heartbeat, HeartbeatReply, InsertOptions,
    Inserted, LaneRule, LaneStatus, Result, StateStore, StepReply, StepRequest, TaskStore,
    TaskStoreExt as _,
};

/// A fresh store and what belongs to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stage<'h> {
    harness: &'h dyn Harness,
    name: String,
    clock: Option<Arc<ManualClock>>,
    /// Its tasks.
    pub tasks: Arc<dyn TaskStore>,
    /// Its documents.
    pub documents: Arc<dyn StateStore>,
}

/// A task id.
#[must_use]
pub fn id(text: &str) -> TaskId {
    TaskId::new(text).expect("a valid id")
}

/// A task of the kind `work`.
#[must_use]
pub fn task(text: &str) -> NewTask {
    NewTask::new(id(text), kind("work"))
}

/// A worker that takes every kind, with leases of 30 s.
#[must_use]
pub fn worker(agent: &str) -> Claimant {
    let profile = Profile::new(agent.try_into().expect("a valid id"), Kinds::Any, []);
    Claimant::new(&RandomIds, profile).with_lease(Duration::from_secs(30))
}

pub(super) fn kind(text: &str) -> TaskKind {
    TaskKind::new(text).expect("a valid kind")
}

/// A rule that lets so many leases be held.
pub(super) fn at_most(leases: u32) -> LaneRule {
    LaneRule::default().limit(NonZeroU32::new(leases))
}

/// The names of claimed tasks, first first.
pub(super) fn names(leases: &[Lease]) -> Vec<&str> {
    leases.iter().map(|lease| lease.task.id().as_str()).collect()
}

/// Every outcome, once.
pub(super) fn outcomes() -> [Outcome; 7] {
    [
        Outcome::Done { result: None },
        Outcome::retry("again"),
        Outcome::fail("no use"),
        Outcome::Snooze { delay: Duration::from_secs(60) },
        Outcome::Release,
        Outcome::Cancel { reason: None },
        Outcome::Pause { reason: None },
    ]
}

impl<'h> Stage<'h> {
    /// A fresh store.
    pub async fn new(harness: &'h dyn Harness) -> Self {
        let name = format!("store-{:032x}", RandomIds.draw());
        let opened = harness.open(&name).await.expect("the store opens");
        let (tasks, documents) = (opened.tasks, opened.documents);
        Self { harness, name, clock: harness.clock(), tasks, documents }
    }

    /// Another handle on the same data, as another process would have it; `None` where the
    /// store cannot be shared.
    pub async fn second(&self) -> Option<Stage<'h>> {
        if !self.tasks.capabilities().shared {
            return None;
        }
        Some(self.reopen().await)
    }

    /// The same data, opened again.
    pub(super) async fn reopen(&self) -> Stage<'h> {
        let opened = self.harness.open(&self.name).await.expect("the store opens again");
        Self {
            harness: self.harness,
            name: self.name.clone(),
            clock: self.clock.clone(),
            tasks: opened.tasks,
            documents: opened.documents,
        }
    }

    /// So many stages over the same data: other handles where the store can be shared.
    pub(super) async fn handles(&self, count: usize) -> Vec<Stage<'h>> {
        let mut handles = Vec::new();
        for _ in 0..count {
            let same = || Stage {
                harness: self.harness,
                name: self.name.clone(),
                clock: self.clock.clone(),
                tasks: Arc::clone(&self.tasks),
                documents: Arc::clone(&self.documents),
            };
            handles.push(self.second().await.unwrap_or_else(same));
        }
        handles
    }

    /// The clock the store goes by, where a case may turn it.
    #[must_use]
    pub fn clock(&self) -> Option<&ManualClock> {
        self.clock.as_deref()
    }

    /// The store's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or_else(|| SystemClock.now(), |clock| clock.now())
    }

    /// Lets time pass, at least this much.
    pub async fn pass(&self, span: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(span),
            None => tokio::time::sleep(span + Duration::from_millis(5)).await,
        }
    }

    /// A span that a case can afford to let pass: 30 s on a manual clock, else 900 ms.
    #[must_use]
    pub fn span(&self) -> Duration {
        Duration::from_millis(if self.clock.is_some() { 30_000 } else { 900 })
    }

    /// A worker whose leases a case can afford to let run out.
    #[must_use]
    pub fn mortal(&self, agent: &str) -> Claimant {
        worker(agent).with_lease(self.span())
    }

    /// Inserts a batch that must be accepted.
    pub async fn insert(&self, batch: impl IntoIterator<Item = NewTask>) -> Vec<Inserted> {
        self.try_insert(batch).await.expect("the batch is accepted")
    }

    /// Inserts a batch.
    pub async fn try_insert(
        &self,
        batch: impl IntoIterator<Item = NewTask>,
    ) -> Result<Vec<Inserted>> {
        self.tasks.insert_opts(batch.into_iter().collect(), InsertOptions::default()).await
    }

    /// Makes a step that must be answered.
    pub async fn step(&self, request: StepRequest) -> StepReply {
        self.tasks.step(request).await.expect("the step is answered")
    }

    /// Claims up to `max` tasks.
    pub async fn claim(&self, who: &Claimant, max: usize) -> Vec<Lease> {
        let request = who.step(&RandomIds).with_claim(who.wants(max, &RandomIds));
        self.step(request).await.leases
    }

    /// Claims one task that must be there.
    pub async fn claim_one(&self, who: &Claimant) -> Lease {
        self.claim(who, 1).await.pop().expect("a task is ready")
    }

    /// Inserts a task and claims it.
    pub async fn hold(&self, who: &Claimant, new: NewTask) -> Lease {
        let wanted = new.id.clone();
        self.insert([new]).await;
        let lease = self.claim_one(who).await;
        assert_eq!(*lease.task.id(), wanted, "no other task is ready");
        lease
    }

    /// Ends a lease.
    pub async fn finish(&self, who: &Claimant, lease: &Lease, outcome: Outcome) -> Finished {
        self.finish_by(who, &lease.token, outcome).await
    }

    /// Ends a lease that must be held.
    pub async fn end(&self, who: &Claimant, lease: &Lease, outcome: Outcome) -> TaskState {
        match self.finish(who, lease, outcome).await {
            Finished::Accepted(state) => state,
            refused => panic!("{} could not be ended: {refused:?}", lease.token.task),
        }
    }

    /// Ends a lease, by its token.
    pub async fn finish_by(&self, who: &Claimant, by: &LeaseToken, outcome: Outcome) -> Finished {
        let request = who.step(&RandomIds).with_finish(by.clone(), outcome);
        let finished = self.step(request).await.finished;
        assert_eq!(finished.len(), 1, "one answer per finish");
        finished.into_iter().next().expect("one answer")
    }

    /// Makes a heartbeat that lists these leases.
    pub async fn beat(&self, who: &Claimant, held: &[&Lease]) -> HeartbeatReply {
        let beats = held.iter().map(|lease| Beat::new(lease.token.clone()));
        let beat = beats.fold(Heartbeat::new(who.holder, who.lease), Heartbeat::with);
        self.tasks.heartbeat(beat).await.expect("the heartbeat is answered")
    }

    /// Changes a task that allows it.
    pub async fn change(&self, task: &str, action: Action) -> Task {
        self.try_change(task, action).await.expect("the change is made")
    }

    /// Changes a task, in the name of `tester`.
    pub async fn try_change(&self, task: &str, action: Action) -> Result<Task> {
        self.tasks.change(ChangeRequest::new(id(task), action, "tester")).await
    }

    /// Sets the rule of the lane that requires this kind alone.
    pub async fn set_lane(&self, of: &str, rule: LaneRule) -> LaneStatus {
        let lane = Requirement::new(kind(of));
        self.tasks.set_lane(lane, rule).await.expect("the rule is set")
    }

    /// The lanes that are used.
    pub async fn lanes(&self) -> Vec<LaneStatus> {
        self.tasks.lanes().await.expect("the lanes can be read")
    }

    /// The lane that requires this kind alone.
    pub async fn lane(&self, of: &str) -> Option<LaneStatus> {
        let lane = Requirement::new(kind(of));
        self.lanes().await.into_iter().find(|status| status.requirement == lane)
    }

    /// A step of somebody who wants nothing: it promotes and rescues.
    pub async fn idle(&self) {
        self.step(worker("idler").step(&RandomIds)).await;
    }

    /// Lets leases of [`span`](Self::span) run out and looks twice, so that they are rescued.
    pub async fn outlive(&self) {
        self.pass(self.span()).await;
        self.idle().await;
        self.pass(self.span() / 3).await;
        self.idle().await;
    }

    /// A task that must be there.
    pub async fn get(&self, task: &str) -> Task {
        self.find(task).await.unwrap_or_else(|| panic!("there is no task {task}"))
    }

    /// A task.
    pub async fn find(&self, task: &str) -> Option<Task> {
        self.tasks.get(&id(task)).await.expect("the task can be read")
    }

    /// Where a task stands.
    pub async fn state(&self, task: &str) -> TaskState {
        self.get(task).await.state
    }

    /// The events of a task.
    pub async fn events(&self, task: &str) -> Vec<TaskEvent> {
        self.tasks.events_of(&id(task)).await.expect("the history can be read")
    }

    /// The names of the events of a task.
    pub async fn story(&self, task: &str) -> Vec<&'static str> {
        self.events(task).await.iter().map(|event| event.change.name()).collect()
    }
}
