//! Closing over a backend that calls a second `close` an error, as the contract allows.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};
use popkit_store::layer::Retry;
use popkit_store::{
    ChangeRequest, CountQuery, Error, ErrorKind, Heartbeat, HeartbeatReply, HistoryQuery,
    InsertOptions, Inserted, LaneRule, LaneStatus, Page, PruneQuery, Result, StepReply,
    StepRequest, StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Waiter, Wake,
};

/// A store that can only be closed: the answer to the first try is lost.
#[derive(Debug, Default)]
struct Strict {
    closed: AtomicUsize,
}

fn unsupported<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "it can only be closed"))
}

#[async_trait]
impl TaskStore for Strict {
    fn backend(&self) -> &'static str {
        "strict"
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities::least()
    }

    async fn insert_opts(&self, _: Vec<NewTask>, _: InsertOptions) -> Result<Vec<Inserted>> {
        unsupported()
    }

    async fn step(&self, _: StepRequest) -> Result<StepReply> {
        unsupported()
    }

    async fn heartbeat(&self, _: Heartbeat) -> Result<HeartbeatReply> {
        unsupported()
    }

    async fn wait(&self, _: Waiter) -> Result<Wake> {
        unsupported()
    }

    async fn change(&self, _: ChangeRequest) -> Result<Task> {
        unsupported()
    }

    async fn get_many(&self, _: &[TaskId]) -> Result<Vec<Option<Task>>> {
        unsupported()
    }

    async fn query(&self, _: TaskQuery) -> Result<Page<Task>> {
        unsupported()
    }

    async fn counts(&self, _: CountQuery) -> Result<TaskCounts> {
        unsupported()
    }

    async fn history(&self, _: HistoryQuery) -> Result<Page<TaskEvent>> {
        unsupported()
    }

    async fn prune(&self, _: PruneQuery) -> Result<u64> {
        unsupported()
    }

    async fn set_lane(&self, _: Requirement, _: LaneRule) -> Result<LaneStatus> {
        unsupported()
    }

    async fn lanes(&self) -> Result<Vec<LaneStatus>> {
        unsupported()
    }

    async fn close(&self) -> Result<()> {
        Err(match self.closed.fetch_add(1, Ordering::Relaxed) {
            0 => Error::new(ErrorKind::Timeout, "no answer").unknown(),
            _ => Error::new(ErrorKind::Closed, "the store was closed"),
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_found_closed_after_a_lost_answer_was_closed() {
    let store = Retry::new(Strict::default());
    store.close().await.unwrap();
    // This time nothing was lost: the backend's own word.
    assert_eq!(store.close().await.unwrap_err().kind(), ErrorKind::Closed);
}
