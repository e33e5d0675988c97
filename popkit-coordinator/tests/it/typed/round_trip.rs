//! From a typed task to its typed result.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use popkit_coordinator::typed::{Attempt, Handlers, State, TypedStoreExt as _};
use popkit_coordinator::{TaskContext, TaskError};
use popkit_protocol::{Score, Task, TaskState, Timestamp};
use popkit_store::TaskStoreExt as _;

use super::{Shout, Shouted, Sum, beside, id, shout, store, sum_of};
use crate::worker::{Stage, secs, task};

struct Offset(i64);

#[derive(Default)]
struct Calls(AtomicU32);

async fn sum(
    task: Sum,
    State(offset): State<Offset>,
    State(calls): State<Calls>,
) -> Result<i64, TaskError> {
    calls.0.fetch_add(1, Ordering::SeqCst);
    Ok(task.of.iter().sum::<i64>() + offset.0)
}

async fn shouted(
    task: Shout,
    cx: TaskContext,
    State(calls): State<Calls>,
    Attempt(attempt): Attempt,
    again: TaskContext,
) -> Result<Shouted, TaskError> {
    assert_eq!((attempt, again.id()), (1, cx.id()));
    cx.progress(0.5, "breathing in").await?;
    let times = calls.0.fetch_add(1, Ordering::SeqCst) + 1;
    Ok(Shouted { text: task.text.to_uppercase(), times })
}

#[tokio::test(start_paused = true)]
async fn two_kinds_share_state_and_answer_typed_results() {
    let stage = Stage::new();
    let calls = Arc::new(Calls::default());
    let handlers =
        Handlers::new().on(sum).shared(Arc::clone(&calls)).state(Offset(100)).on(shouted);
    let store = store(&stage);
    let first = store.submit(&sum_of(&[1, 2, 3])).await.unwrap();
    let other = stage.insert(task("of-no-kind-here")).await;
    let (report, (sum, text)) = beside(&stage, handlers, async {
        let sum = first.result(secs(10)).await.unwrap();
        let second = store.submit(&shout("ho")).await.unwrap();
        (sum, second.result(secs(10)).await.unwrap())
    })
    .await;
    assert_eq!(sum, 106);
    assert_eq!(text, Shouted { text: "HO".to_owned(), times: 2 });
    assert_eq!((report.claimed, report.done), (2, 2));
    assert_eq!(calls.0.load(Ordering::SeqCst), 2);
    assert_eq!(stage.get(&other).await.state, TaskState::Pending, "never claimed");
}

#[tokio::test(start_paused = true)]
async fn a_closure_is_a_handler_and_a_unit_a_result() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Nothing;
    impl popkit_coordinator::TypedTask for Nothing {
        const KIND: &'static str = "nothing";
        type Output = ();
    }
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &Nothing).await.unwrap();
    let handlers = Handlers::new().on(|_: Nothing| async { Ok(()) });
    let (_, end) = beside(&stage, handlers, handle.result(secs(10))).await;
    end.unwrap();
    assert_eq!(stage.store.get(handle.id()).await.unwrap().unwrap().result, None);
}

#[tokio::test]
async fn a_handler_is_tested_by_calling_it() {
    let spec = popkit_coordinator::TypedTask::new_task(&shout("ho"), id("t")).unwrap();
    let task = Task::inserted(Arc::new(spec), Score::default(), 0, Timestamp::EPOCH);
    let cx = TaskContext::detached(task, Vec::new());
    let calls = State(Arc::new(Calls::default()));
    let answer = shouted(shout("ho"), cx.clone(), calls, Attempt(1), cx).await;
    assert_eq!(answer.unwrap().text, "HO");
}
