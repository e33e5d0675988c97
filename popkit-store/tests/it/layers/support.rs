//! What the tests of the layers share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{
    Clock, IdSource, Kinds, NewTask, Priority, Profile, RandomIds, TaskId, Timestamp,
};
use popkit_store::layer::{Fault, FaultOptions, Operation, Retry, RetryOptions};
use popkit_store::{
    Action, ChangeRequest, Claim, Claimant, CountQuery, Document, Heartbeat, HistoryQuery,
    InsertOptions, LaneRule, MemoryOptions, MemoryStore, PruneQuery, Result, SaveOptions, StateKey,
    StateStore, StepRequest, TaskQuery, TaskStore, Waiter,
};
use tokio::time::Instant;

/// The runtime's clock, paused or not, as the store's.
#[derive(Debug)]
pub(super) struct RuntimeClock(Instant);

impl RuntimeClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000).after(self.0.elapsed())
    }
}

pub(super) const ALL: [Operation; 18] = [
    Operation::Insert,
    Operation::Step,
    Operation::Heartbeat,
    Operation::Wait,
    Operation::Change,
    Operation::Get,
    Operation::Query,
    Operation::Counts,
    Operation::History,
    Operation::Prune,
    Operation::Close,
    Operation::Load,
    Operation::Append,
    Operation::Save,
    Operation::Delete,
    Operation::List,
    Operation::SetLane,
    Operation::Lanes,
];

/// A memory store on the runtime's clock.
pub(super) fn memory() -> MemoryStore {
    MemoryOptions::default().clock(RuntimeClock::new()).open()
}

pub(super) fn fault() -> Fault<MemoryStore> {
    Fault::with_options(memory(), FaultOptions::default())
}

/// A retry layer with short waits around this store.
pub(super) fn retry<S>(inner: S) -> Retry<S> {
    let quick = RetryOptions::default().base_delay(Duration::from_millis(1)).seed(1);
    Retry::with_options(inner, quick)
}

pub(super) fn id(text: &str) -> TaskId {
    text.try_into().unwrap()
}

pub(super) fn task(text: &str) -> NewTask {
    NewTask::new(id(text), "work".try_into().unwrap())
}

pub(super) fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

pub(super) fn worker(name: &str) -> Claimant {
    let profile = Profile::new(name.try_into().unwrap(), Kinds::Any, []);
    Claimant::new(&RandomIds, profile)
}

pub(super) fn claim(worker: &Claimant, max: usize) -> Claim {
    worker.wants(max, &RandomIds)
}

pub(super) fn waiter(timeout: Duration) -> Waiter {
    let who = worker("waiter");
    Waiter::new(who.holder, 0, claim(&who, 1), timeout)
}

pub(super) fn reprioritise(task: &str) -> ChangeRequest {
    let priority = Priority::try_from(9).unwrap();
    ChangeRequest::new(id(task), Action::Reprioritise { priority }, "tester")
}

/// Makes a call of each operation, with the task `t` and the document `d`; a wait of 1 s.
pub(super) async fn call<S: TaskStore + StateStore>(store: &S, operation: Operation) -> Result<()> {
    let document = key("d");
    let who = worker("caller");
    match operation {
        Operation::Insert => {
            store.insert_opts(vec![task("new")], InsertOptions::default()).await.map(drop)
        }
        Operation::Step => {
            let request = StepRequest::new(who.holder, 0, RandomIds.request());
            store.step(request).await.map(drop)
        }
        Operation::Heartbeat => {
            store.heartbeat(Heartbeat::new(who.holder, who.lease)).await.map(drop)
        }
        Operation::Wait => store.wait(waiter(Duration::from_secs(1))).await.map(drop),
        Operation::Change => store.change(reprioritise("t")).await.map(drop),
        Operation::Get => store.get_many(&[id("t")]).await.map(drop),
        Operation::Query => store.query(TaskQuery::all()).await.map(drop),
        Operation::Counts => store.counts(CountQuery::default()).await.map(drop),
        Operation::History => store.history(HistoryQuery::default()).await.map(drop),
        Operation::Prune => store.prune(PruneQuery::before(Timestamp::EPOCH)).await.map(drop),
        Operation::Close => store.close().await,
        Operation::Load => store.load(&document).await.map(drop),
        Operation::Append => {
            store.append(&key("list"), Bytes::from_static(b"x"), 9).await.map(drop)
        }
        Operation::Save => {
            store.save(&document, Document::text("x"), SaveOptions::default()).await.map(drop)
        }
        Operation::Delete => store.delete(&document, None).await.map(drop),
        Operation::List => store.list("", None, 9).await.map(drop),
        Operation::SetLane => {
            let rule = LaneRule::default().paused(true);
            store.set_lane(task("t").requirement(), rule).await.map(drop)
        }
        Operation::Lanes => store.lanes().await.map(drop),
        other => panic!("no call for {other}"),
    }
}
