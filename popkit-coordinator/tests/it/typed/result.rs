//! Awaiting the end.

use std::sync::Arc;

use popkit_coordinator::TaskError;
use popkit_coordinator::typed::{Handlers, ResultError, TaskHandle, TypedStoreExt as _};
use popkit_protocol::{Json, Outcome, TaskState};
use popkit_store::layer::{Fault, Operation};
use popkit_store::{Claimant, TaskStore, TaskStoreExt as _};
use tokio::time::{Instant, sleep};

use super::{Sum, beside, id, store, sum_of};
use crate::worker::{Stage, millis, secs};

#[tokio::test(start_paused = true)]
async fn a_failed_task_tells_its_last_failure() {
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &sum_of(&[])).await.unwrap();
    let handlers = Handlers::new().on(|_: Sum| async { Err(TaskError::retry("no luck")) });
    let (_, end) = beside(&stage, handlers, handle.result(secs(60))).await;
    let error = end.unwrap_err();
    assert!(matches!(error, ResultError::Failed { .. }));
    assert_eq!(error.to_string(), "task t failed: error: no luck");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_task_is_told_apart() {
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &sum_of(&[])).await.unwrap();
    let (end, ()) = tokio::join!(handle.result(secs(60)), async {
        sleep(secs(3)).await;
        stage.store.cancel(&id("t"), "op", None).await.unwrap();
    });
    let error = end.unwrap_err();
    assert!(matches!(error, ResultError::Cancelled { last: None, .. }));
    assert_eq!(error.to_string(), "task t was cancelled");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_kept_and_tells_where_the_task_stands() {
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &sum_of(&[])).await.unwrap();
    let began = Instant::now();
    let error = handle.result(secs(7)).await.unwrap_err();
    assert!(began.elapsed() >= secs(7) && began.elapsed() < millis(7100));
    assert!(matches!(error, ResultError::Timeout { state: TaskState::Pending, .. }));
    assert_eq!(error.to_string(), "task t is still pending");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_task_is_not_waited_for() {
    let stage = Stage::new();
    let began = Instant::now();
    let error = store(&stage).handle::<Sum>(id("t")).result(secs(60)).await.unwrap_err();
    assert!(matches!(error, ResultError::NotFound { .. }));
    assert_eq!(began.elapsed(), secs(0));
}

async fn finish(stage: &Stage, result: &str) {
    let profile = popkit_protocol::Profile::new(
        "someone".try_into().unwrap(),
        popkit_protocol::Kinds::Any,
        [],
    );
    let claimant = Claimant::new(&popkit_protocol::RandomIds, profile);
    let lease = stage.store.claim(&claimant).await.unwrap().unwrap();
    let result = Some(Json::from_text(result).unwrap());
    stage.store.finish(&claimant, &lease, Outcome::Done { result }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_result_of_another_shape_is_an_error() {
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &sum_of(&[])).await.unwrap();
    finish(&stage, "\"three\"").await;
    let error = handle.result(secs(60)).await.unwrap_err();
    assert!(matches!(error, ResultError::Decode { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn looking_grows_slower_and_survives_an_outage() {
    let stage = Stage::new();
    let line: Fault<_> = stage.line.clone();
    let store: Arc<dyn TaskStore> = Arc::new(line.clone());
    let handle: TaskHandle<Sum> = store.submit(&sum_of(&[])).await.unwrap();
    let (end, ()) = tokio::join!(handle.result(secs(120)), async {
        sleep(secs(30)).await;
        line.down();
        sleep(secs(30)).await;
        line.up();
        finish(&stage, "3").await;
    });
    assert_eq!(end.unwrap(), 3);
    let looks = line.injected_into(Operation::Get).calls;
    assert!((60..300).contains(&looks), "{looks} looks in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_is_the_error() {
    let stage = Stage::new();
    let store: Arc<dyn TaskStore> = Arc::new(stage.line.clone());
    let handle = store.submit(&sum_of(&[])).await.unwrap();
    stage.line.down();
    let began = Instant::now();
    let error = handle.result(secs(5)).await.unwrap_err();
    assert!(matches!(error, ResultError::Store(_)), "{error}");
    assert!(began.elapsed() >= secs(5) && began.elapsed() < secs(6));
}
