//! Inserting.

use popkit_coordinator::typed::{Policy, ResultError, SubmitError, TypedStoreExt as _, TypedTask};
use popkit_protocol::{RetryPolicy, TaskState};
use popkit_store::{ErrorKind, TaskStoreExt as _};

use super::{Shout, Sum, id, shout, store, sum_of};
use crate::worker::{Stage, millis, secs};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Full;

impl TypedTask for Full {
    const KIND: &'static str = "full";
    type Output = ();

    fn policy() -> Policy {
        Policy::new()
            .requires(["b", "a"])
            .priority(9)
            .retry(RetryPolicy::never())
            .timeout(secs(60))
            .progress_every(secs(10))
            .review()
            .max_abandons(7)
    }
}

#[tokio::test(start_paused = true)]
async fn the_policy_becomes_the_tasks() {
    let stage = Stage::new();
    let handle = stage.store.submit(&Full).await.unwrap();
    let task = stage.get(handle.id()).await;
    let requires: Vec<_> = task.spec.requires.iter().map(|c| c.as_str()).collect();
    assert_eq!(requires, ["a", "b"]);
    assert_eq!(task.spec.kind.as_str(), "full");
    assert_eq!((task.priority.level(), task.spec.retry), (9, RetryPolicy::never()));
    assert_eq!((task.spec.timeout, task.spec.progress_every), (Some(secs(60)), Some(secs(10))));
    assert_eq!((task.spec.review, task.spec.max_abandons), (true, 7));
}

#[tokio::test(start_paused = true)]
async fn the_default_policy_is_what_an_untyped_task_has() {
    let typed = Policy::new();
    assert_eq!(typed, Policy::default());
    let sum = sum_of(&[1]).new_task(id("t")).unwrap().with_retry(RetryPolicy::default());
    let plain =
        popkit_protocol::NewTask::new(id("t"), sum.kind.clone()).with_payload(sum.payload.clone());
    assert_eq!(sum, plain);
}

#[tokio::test(start_paused = true)]
async fn an_open_task_with_the_same_unique_key_is_the_answer() {
    let stage = Stage::new();
    let store = store(&stage);
    let first = store.submit(&shout("ho")).await.unwrap();
    let again = store.submit(&shout("ho")).await.unwrap();
    let other = store.submit(&shout("hi")).await.unwrap();
    assert_eq!(first.id(), again.id());
    assert_ne!(first.id(), other.id());
    stage.store.cancel(first.id(), "op", None).await.unwrap();
    assert_ne!(store.submit(&shout("ho")).await.unwrap().id(), first.id(), "not while open");
}

#[tokio::test(start_paused = true)]
async fn the_same_id_twice_is_one_task() {
    let stage = Stage::new();
    let store = store(&stage);
    let first = store.submit_as(id("t"), &sum_of(&[1])).await.unwrap();
    let again = store.submit_as(id("t"), &sum_of(&[2])).await.unwrap();
    assert_eq!(first.id(), again.id());
    assert_eq!(stage.get(&id("t")).await.spec.payload.as_str(), "{\"of\":[1]}");
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_another_kind_says_so() {
    let stage = Stage::new();
    let store = store(&stage);
    store.submit_as(id("t"), &sum_of(&[1])).await.unwrap();
    let handle = store.handle::<Shout>(id("t"));
    let error = handle.result(millis(1)).await.unwrap_err();
    assert!(matches!(error, ResultError::OtherKind { .. }));
    assert_eq!(error.to_string(), "task t is of kind sum, not shout@2");
}

#[tokio::test(start_paused = true)]
async fn a_tuned_task_is_still_typed() {
    let stage = Stage::new();
    let task = sum_of(&[1]).new_task(id("t")).unwrap().with_title("one").in_backlog();
    let inserted = stage.store.insert(task).await.unwrap();
    let handle = stage.store.handle::<Sum>(inserted.id().clone());
    assert_eq!(stage.get(handle.id()).await.state, TaskState::Backlog);
}

#[tokio::test(start_paused = true)]
async fn what_the_store_refuses_is_the_stores_error() {
    let stage = Stage::new();
    let much = shout(&"x".repeat(200));
    assert!(stage.store.submit(&much).await.is_ok());
    let error = stage.store.submit(&sum_of(&vec![1; 200_000])).await.unwrap_err();
    let SubmitError::Store(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let key = shout(&"x".repeat(300));
    let error = stage.store.submit(&key).await.unwrap_err();
    assert!(matches!(error, SubmitError::Invalid { .. }), "{error}");
}
