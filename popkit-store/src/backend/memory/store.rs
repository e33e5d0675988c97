//! The task seam over the engine.

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use super::MemoryStore;
use crate::{
    ChangeRequest, ClockSource, CountQuery, Durability, Heartbeat, HeartbeatReply, HistoryQuery,
    InsertOptions, Inserted, LaneRule, LaneStatus, Page, PruneQuery, Push, Reach, Result,
    StepReply, StepRequest, StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
    engine,
};

#[async_trait]
impl TaskStore for MemoryStore {
    fn backend(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities {
            reach: Reach::Process,
            durability: Durability::Volatile,
            clock: ClockSource::Injected,
            push: Push::InProcess,
            shared: true,
            max_lanes: self.0.max_lanes,
            ..StoreCapabilities::least()
        }
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, _: InsertOptions) -> Result<Vec<Inserted>> {
        self.run("insert", |data, now| {
            engine::check_insert(&batch)?;
            engine::insert(&mut data.engine, now, self.0.mode, batch)
        })
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        self.run("step", |data, now| {
            engine::check_step(&request)?;
            engine::step(&mut data.engine, now, request)
        })
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        self.run("heartbeat", |data, now| {
            engine::check_heartbeat(&beat)?;
            engine::heartbeat(&mut data.engine, now, beat)
        })
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        self.wait_for_work(waiter).await
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        self.run("change", |data, now| engine::change(&mut data.engine, now, self.0.mode, request))
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        self.run("get", |data, _| Ok(ids.iter().map(|id| data.engine.get(id).cloned()).collect()))
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        self.run("query", |data, _| Ok(data.engine.query(&query)))
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        self.run("counts", |data, _| Ok(data.engine.counts(query.lanes)))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        self.run("history", |data, _| Ok(data.engine.history(&query)))
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        self.run("prune", |data, _| Ok(data.engine.prune(&query)))
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        self.run("set_lane", |data, _| engine::set_lane(&mut data.engine, &requirement, rule))
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        self.run("lanes", |data, _| Ok(data.engine.lanes()))
    }

    async fn close(&self) -> Result<()> {
        let mut data = self.lock();
        data.closed = true;
        data.parked.wake_all();
        Ok(())
    }
}
