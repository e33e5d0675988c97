//! A store that does what the memory store never does: hands tasks off, refuses outcomes.

use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::{IdSource as _, NewTask, RandomIds, Requirement, Task, TaskEvent, TaskId};
use popkit_store::{
    ChangeRequest, CountQuery, Error, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions,
    Inserted, LaneRule, LaneStatus, MemoryStore, Page, PruneQuery, Result, StepReply, StepRequest,
    StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake, WakeReason,
};

use super::Diary;

#[derive(Debug, Clone)]
pub(super) struct Hooked<S = MemoryStore> {
    pub(super) inner: S,
    pub(super) calls: Diary<&'static str>,
    /// Claims while a waiter waits, and tells it so late.
    pub(super) hand_off_after: Option<Duration>,
    pub(super) refuse_step: Option<fn(&StepRequest) -> Option<Error>>,
}

impl<S> Hooked<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, calls: Diary::new(), hand_off_after: None, refuse_step: None }
    }
}

#[async_trait]
impl<S: TaskStore + Clone> TaskStore for Hooked<S> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>> {
        self.inner.insert_opts(batch, opts).await
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        self.calls.note("step");
        if let Some(error) = self.refuse_step.and_then(|refuse| refuse(&request)) {
            return Err(error);
        }
        self.inner.step(request).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        self.calls.note("heartbeat");
        self.inner.heartbeat(beat).await
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        self.calls.note("wait");
        let Some(delay) = self.hand_off_after else { return self.inner.wait(waiter).await };
        let woken = self.inner.wait(waiter.clone()).await?;
        if woken.reason != WakeReason::Ready {
            return Ok(woken);
        }
        // A slot that no worker has.
        let request = StepRequest::new(waiter.holder, 1000 + waiter.slot, RandomIds.request());
        let claimed = self.inner.step(request.with_claim(waiter.claim)).await?;
        tokio::time::sleep(delay).await;
        let mut wake = Wake::hint(WakeReason::HandOff);
        wake.leases = claimed.leases;
        Ok(wake)
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        self.inner.change(request).await
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        self.inner.get_many(ids).await
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.inner.query(query).await
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.inner.counts(query).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.inner.history(query).await
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        self.inner.prune(query).await
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        self.inner.set_lane(requirement, rule).await
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.inner.lanes().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
