//! The task seam.

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use super::step::step;
use super::{change, heartbeat, history, insert, look, rules};
use crate::backend::redis::RedisStore;
use crate::{
    ChangeRequest, ClockSource, CountQuery, Error, Heartbeat, HeartbeatReply, HistoryQuery,
    InsertOptions, Inserted, LaneRule, LaneStatus, Page, PruneQuery, Push, Reach, Result,
    StepReply, StepRequest, StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
    engine,
};

fn at(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.at("redis", operation)
}

#[async_trait]
impl TaskStore for RedisStore {
    fn backend(&self) -> &'static str {
        "redis"
    }

    fn capabilities(&self) -> StoreCapabilities {
        let blocking = self.0.redis.capabilities().blocking;
        StoreCapabilities {
            reach: Reach::Network,
            durability: self.0.durability,
            clock: if self.0.clock.is_some() { ClockSource::Injected } else { ClockSource::Server },
            push: if blocking { Push::Everywhere } else { Push::Poll },
            hand_off: blocking,
            shared: true,
            max_lanes: self.0.max_lanes,
        }
    }

    async fn insert_opts(&self, batch: Vec<NewTask>, _: InsertOptions) -> Result<Vec<Inserted>> {
        engine::check_insert(&batch).map_err(at("insert"))?;
        let scores = (self.0.mode, self.0.max_lanes);
        insert::insert(&self.0.caller, scores, batch).await.map_err(at("insert"))
    }

    async fn step(&self, request: StepRequest) -> Result<StepReply> {
        engine::check_step(&request).map_err(at("step"))?;
        step(&self.0.caller, &self.0.lanes, request).await.map_err(at("step"))
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
        engine::check_heartbeat(&beat).map_err(at("heartbeat"))?;
        heartbeat::heartbeat(&self.0.caller, beat).await.map_err(at("heartbeat"))
    }

    async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        self.0.waiting.wait(&self.0.lanes, waiter).await.map_err(at("wait"))
    }

    async fn change(&self, request: ChangeRequest) -> Result<Task> {
        let scores = (self.0.mode, self.0.max_lanes);
        change::change(&self.0.caller, scores, request).await.map_err(at("change"))
    }

    async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
        look::get_many(&self.0.caller, ids).await.map_err(at("get"))
    }

    async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
        look::query(&self.0.caller, &query).await.map_err(at("query"))
    }

    async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
        look::counts(&self.0.caller, query).await.map_err(at("counts"))
    }

    async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
        history::history(&self.0.caller, query).await.map_err(at("history"))
    }

    async fn prune(&self, query: PruneQuery) -> Result<u64> {
        look::prune(&self.0.caller, &query).await.map_err(at("prune"))
    }

    async fn set_lane(&self, requirement: Requirement, rule: LaneRule) -> Result<LaneStatus> {
        rules::set_lane(&self.0.caller, self.0.max_lanes, requirement, rule)
            .await
            .map_err(at("set_lane"))
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        rules::lanes(&self.0.caller).await.map_err(at("lanes"))
    }

    async fn close(&self) -> Result<()> {
        self.0.waiting.close().await;
        self.0.redis.close().await.map_err(crate::backend::redis::classify::convert)
    }
}
