//! The worker loop. Time is the runtime's paused clock, for the store as well: nothing here
//! waits for real.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod context;
mod drain;
mod ends;
mod hand_off;
mod hooked;
mod lease;
mod outage;
mod pause;
mod slots;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::{
    Agent, Shutdown, TaskContext, TaskError, Worker, WorkerBuilder, WorkerReport,
};
use popkit_protocol::{
    Backoff, Clock, NewTask, Outcome, RetryPolicy, Task, TaskId, TaskKind, TaskState, Timestamp,
};
use popkit_store::layer::Fault;
use popkit_store::{MemoryOptions, MemoryStore, TaskStore, TaskStoreExt as _};
use tokio::time::{Instant, sleep};

pub(crate) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The runtime's clock as a wall clock that a test may put forward.
#[derive(Debug)]
pub(crate) struct RuntimeClock {
    start: Instant,
    ahead: Mutex<Duration>,
}

impl RuntimeClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), ahead: Mutex::new(Duration::ZERO) })
    }

    pub(crate) fn advance(&self, span: Duration) {
        *self.ahead.lock().unwrap() += span;
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let since = self.start.elapsed() + *self.ahead.lock().unwrap();
        Timestamp::from_millis(1_767_225_600_000).after(since)
    }
}

/// A memory store on the runtime's clock, and the same behind a bad line.
pub(crate) struct Stage {
    pub(crate) clock: Arc<RuntimeClock>,
    pub(crate) store: MemoryStore,
    pub(crate) line: Fault<MemoryStore>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Fault::new)
    }

    pub(crate) fn with(line: impl Fn(MemoryStore) -> Fault<MemoryStore>) -> Self {
        let clock = RuntimeClock::new();
        let store = MemoryOptions::default().clock(Arc::<RuntimeClock>::clone(&clock)).open();
        Self { clock, line: line(store.clone()), store }
    }

    pub(crate) async fn insert(&self, task: NewTask) -> TaskId {
        self.store.insert(task).await.unwrap().id().clone()
    }

    pub(crate) async fn get(&self, id: &TaskId) -> Task {
        self.store.get(id).await.unwrap().expect("the task is there")
    }

    /// Waits until the task is as wanted.
    pub(crate) async fn until(
        &self,
        id: &TaskId,
        wanted: impl Fn(&Task) -> bool + Send + Sync,
    ) -> Task {
        let poll = async {
            loop {
                let task = self.get(id).await;
                if wanted(&task) {
                    return task;
                }
                sleep(millis(20)).await;
            }
        };
        tokio::time::timeout(secs(3600), poll).await.expect("the task got there")
    }

    pub(crate) async fn until_state(&self, id: &TaskId, state: TaskState) -> Task {
        self.until(id, |task| task.state == state).await
    }

    /// Runs a worker behind the bad line while `then` runs, then drains it.
    pub(crate) async fn beside<T>(
        &self,
        builder: WorkerBuilder,
        agent: Arc<dyn Agent>,
        then: impl Future<Output = T>,
    ) -> (WorkerReport, T) {
        let shutdown = Shutdown::new();
        let worker = builder.build(Arc::new(self.line.clone()), agent).unwrap();
        let (report, value) = tokio::join!(worker.run_until(&shutdown), async {
            let value = then.await;
            shutdown.drain();
            value
        });
        (report.expect("the worker ends well"), value)
    }

    pub(crate) async fn nothing_is_held(&self) {
        let counts = self.store.counts(Default::default()).await.unwrap();
        assert_eq!((counts.assigned, counts.active, counts.paused), (0, 0, 0));
    }
}

pub(crate) fn worker() -> WorkerBuilder {
    Worker::builder("worker-1")
}

/// A task that is tried three times without a rest in between.
pub(crate) fn task(id: &str) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), TaskKind::new("work").unwrap())
        .with_retry(RetryPolicy::attempts(3).with_backoff(Backoff::None))
}

/// A function as an agent.
struct Does<F>(F);

#[async_trait]
impl<F, Fut> Agent for Does<F>
where
    F: Fn(TaskContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), TaskError>> + Send,
{
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        match (self.0)(cx.clone()).await {
            Ok(()) => Outcome::done(&()).unwrap(),
            Err(error) => error.into_outcome(),
        }
    }
}

pub(crate) fn does<F, Fut>(work: F) -> Arc<dyn Agent>
where
    F: Fn(TaskContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    Arc::new(Does(work))
}

/// What happened, in order.
#[derive(Debug, Clone)]
pub(crate) struct Diary<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Diary<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    pub(crate) fn note(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    pub(crate) fn read(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}
