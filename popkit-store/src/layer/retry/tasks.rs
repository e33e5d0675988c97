//! The task seam.

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use super::inserted::as_first_answer;
use super::{AfterLost, Retry};
use crate::layer::Operation;
use crate::{
    ChangeRequest, CountQuery, ErrorKind, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions,
    Inserted, LaneRule, LaneStatus, OutcomeKind, Page, PruneQuery, Result, StepReply, StepRequest,
    StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: TaskStore> TaskStore for Retry<S> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, opts: InsertOptions) -> Result<Vec<Inserted>> {
        let tries = self.start(Operation::Insert, AfterLost::Repeat);
        let call = || self.inner.insert_opts(batch.clone(), opts.clone());
        let (answers, lost) = tries.run_telling(call).await?;
        if !lost {
            return Ok(answers);
        }
        let ids: Vec<TaskId> = batch.iter().map(|task| task.id.clone()).collect();
        Ok(as_first_answer(&ids, answers))
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        let tries = self.start(Operation::Step, AfterLost::Repeat);
        tries.run(|| self.inner.step(request.clone())).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        let tries = self.start(Operation::Heartbeat, AfterLost::Repeat);
        tries.run(|| self.inner.heartbeat(beat.clone())).await
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        // Leases may have come along with a lost answer.
        let tries = self.start(Operation::Wait, AfterLost::GiveUp).extend(waiter.timeout);
        let began = tries.began();
        let call = || {
            let mut rest = waiter.clone();
            rest.timeout = rest.timeout.saturating_sub(began.elapsed());
            self.inner.wait(rest)
        };
        tries.run(call).await
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        let after_lost = AfterLost::guarded(request.revision.is_some());
        let tries = self.start(Operation::Change, after_lost);
        tries.run(|| self.inner.change(request.clone())).await
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        let tries = self.start(Operation::Get, AfterLost::Repeat);
        tries.run(|| self.inner.get_many(ids)).await
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        let tries = self.start(Operation::Query, AfterLost::Repeat);
        tries.run(|| self.inner.query(query.clone())).await
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        let tries = self.start(Operation::Counts, AfterLost::Repeat);
        tries.run(|| self.inner.counts(query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        let tries = self.start(Operation::History, AfterLost::Repeat);
        tries.run(|| self.inner.history(query.clone())).await
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        let tries = self.start(Operation::Prune, AfterLost::Repeat);
        tries.run(|| self.inner.prune(query.clone())).await
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        // Twice is as good as once, where nobody else sets it in between; then the last wins.
        let tries = self.start(Operation::SetLane, AfterLost::Repeat);
        tries.run(|| self.inner.set_lane(requirement.clone(), rule)).await
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        let tries = self.start(Operation::Lanes, AfterLost::Repeat);
        tries.run(|| self.inner.lanes()).await
    }

    async fn close(&self) -> Result<()> {
        let tries = self.start(Operation::Close, AfterLost::Repeat);
        match tries.run(|| self.inner.close()).await {
            // It was closed by the call whose answer was lost, or by somebody: it is closed.
            Err(error)
                if error.kind() == ErrorKind::Closed && error.outcome() == OutcomeKind::Unknown =>
            {
                Ok(())
            }
            other => other,
        }
    }
}
