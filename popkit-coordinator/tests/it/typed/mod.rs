//! Typed tasks and handlers.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod build;
mod extract;
mod outcomes;
mod result;
mod round_trip;
mod submit;

use std::sync::Arc;

use popkit_coordinator::typed::{Handlers, Policy, TypedTask};
use popkit_coordinator::{Shutdown, Worker, WorkerReport};
use popkit_protocol::{Backoff, RetryPolicy, Task, TaskId, TaskState};
use popkit_store::TaskStore;
use serde::{Deserialize, Serialize};

use crate::worker::Stage;

/// A sum, in state `Offset`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sum {
    of: Vec<i64>,
}

impl TypedTask for Sum {
    const KIND: &'static str = "sum";
    type Output = i64;

    fn policy() -> Policy {
        Policy::new().retry(RetryPolicy::attempts(2).with_backoff(Backoff::None))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Shout {
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shouted {
    text: String,
    times: u32,
}

impl TypedTask for Shout {
    const KIND: &'static str = "shout@2";
    type Output = Shouted;

    fn policy() -> Policy {
        Policy::new()
            .requires(["voice"])
            .retry(RetryPolicy::attempts(2).with_backoff(Backoff::None))
    }

    fn unique(&self) -> Option<String> {
        Some(format!("shout {}", self.text))
    }
}

fn sum_of(of: &[i64]) -> Sum {
    Sum { of: of.to_vec() }
}

fn shout(text: &str) -> Shout {
    Shout { text: text.to_owned() }
}

fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn store(stage: &Stage) -> Arc<dyn TaskStore> {
    Arc::new(stage.store.clone())
}

/// Runs a worker with these handlers while `then` runs.
async fn beside<T>(
    stage: &Stage,
    handlers: Handlers,
    then: impl Future<Output = T>,
) -> (WorkerReport, T) {
    let shutdown = Shutdown::new();
    let worker = Worker::builder("worker-1").slots(2).capabilities(["voice"]);
    let worker = worker.build_typed(store(stage), handlers).unwrap();
    let (report, value) = tokio::join!(worker.run_until(&shutdown), async {
        let value = then.await;
        shutdown.drain();
        value
    });
    (report.unwrap(), value)
}

async fn ended(stage: &Stage, task: &TaskId) -> Task {
    stage.until(task, |task| task.state.is_terminal()).await
}

async fn failed(stage: &Stage, task: &TaskId) -> Task {
    let task = ended(stage, task).await;
    assert_eq!(task.state, TaskState::Failed);
    task
}
