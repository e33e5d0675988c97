//! The task seam.

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use super::Fault;
use crate::layer::Operation;
use crate::{
    ChangeRequest, CountQuery, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions, Inserted,
    LaneRule, LaneStatus, Page, PruneQuery, Result, StepReply, StepRequest, StoreCapabilities,
    TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: TaskStore> TaskStore for Fault<S> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>> {
        self.inject(Operation::Insert, || self.inner.insert_opts(batch.clone(), opts.clone())).await
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        self.inject(Operation::Step, || self.inner.step(request.clone())).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        self.inject(Operation::Heartbeat, || self.inner.heartbeat(beat.clone())).await
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        self.inject(Operation::Wait, || self.inner.wait(waiter.clone())).await
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        self.inject(Operation::Change, || self.inner.change(request.clone())).await
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        self.inject(Operation::Get, || self.inner.get_many(ids)).await
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.inject(Operation::Query, || self.inner.query(query.clone())).await
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.inject(Operation::Counts, || self.inner.counts(query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.inject(Operation::History, || self.inner.history(query.clone())).await
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        self.inject(Operation::Prune, || self.inner.prune(query.clone())).await
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        self.inject(Operation::SetLane, || self.inner.set_lane(requirement.clone(), rule)).await
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.inject(Operation::Lanes, || self.inner.lanes()).await
    }

    async fn close(&self) -> Result<()> {
        self.inject(Operation::Close, || self.inner.close()).await
    }
}
