//! The task seam.

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use super::Timeout;
use crate::layer::Operation;
use crate::{
    ChangeRequest, CountQuery, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions, Inserted,
    LaneRule, LaneStatus, OutcomeKind, Page, PruneQuery, Result, StepReply, StepRequest,
    StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: TaskStore> TaskStore for Timeout<S> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>> {
        self.timed(self.backend(), Operation::Insert).run(self.inner.insert_opts(batch, opts)).await
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        self.timed(self.backend(), Operation::Step).run(self.inner.step(request)).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        self.timed(self.backend(), Operation::Heartbeat).run(self.inner.heartbeat(beat)).await
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        let mut timed = self.timed(self.backend(), Operation::Wait);
        timed.deadline = timed.deadline.saturating_add(waiter.timeout);
        // A dropped wait only loses something where work may come along with it.
        if !self.inner.capabilities().hand_off {
            timed.when_cut = OutcomeKind::NotApplied;
        }
        timed.run(self.inner.wait(waiter)).await
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        self.timed(self.backend(), Operation::Change).run(self.inner.change(request)).await
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        self.timed(self.backend(), Operation::Get).run(self.inner.get_many(ids)).await
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.timed(self.backend(), Operation::Query).run(self.inner.query(query)).await
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.timed(self.backend(), Operation::Counts).run(self.inner.counts(query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.timed(self.backend(), Operation::History).run(self.inner.history(query)).await
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        self.timed(self.backend(), Operation::Prune).run(self.inner.prune(query)).await
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        self.timed(self.backend(), Operation::SetLane)
            .run(self.inner.set_lane(requirement, rule))
            .await
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.timed(self.backend(), Operation::Lanes).run(self.inner.lanes()).await
    }

    async fn close(&self) -> Result<()> {
        self.timed(self.backend(), Operation::Close).run(self.inner.close()).await
    }
}
