//! What becomes of the ways in which a handler ends.

use std::fmt;
use std::time::Duration;

use popkit_coordinator::typed::{Handlers, TypedStoreExt as _};
use popkit_coordinator::{StopReason, TaskContext, TaskError};
use popkit_protocol::{Change, Failure, Json, NewTask, Outcome, RetryPolicy, TaskKind, TaskState};
use popkit_store::TaskStoreExt as _;

use super::{Sum, beside, ended, failed, id, store, sum_of};
use crate::worker::{Diary, Stage, secs};

#[test]
fn every_variant_has_its_outcome() {
    let failure = Failure::new("x", "y");
    let delay = Some(secs(3));
    let retry = TaskError::Retry { after: delay, failure: failure.clone() };
    for (error, outcome) in [
        (retry, Outcome::Retry { delay, error: failure.clone() }),
        (TaskError::Fail(failure.clone()), Outcome::Fail { error: failure }),
        (TaskError::snooze(secs(3)), Outcome::Snooze { delay: secs(3) }),
        (TaskError::Release, Outcome::Release),
        (TaskError::Cancel(None), Outcome::Cancel { reason: None }),
        (TaskError::Stopped(StopReason::Shutdown), Outcome::Release),
    ] {
        assert_eq!(error.into_outcome(), outcome);
    }
}

/// Ends the first two attempts so, succeeds after; answers the names of the events after
/// the insertion.
async fn events_after(end: TaskError) -> (Stage, Vec<&'static str>) {
    let stage = Stage::new();
    let handle = store(&stage).submit_as(id("t"), &sum_of(&[])).await.unwrap();
    let ends = Diary::new();
    let handlers = Handlers::new().on(move |_: Sum| {
        let (ends, end) = (ends.clone(), end.clone());
        async move {
            ends.note(());
            if ends.read().len() > 2 { Ok(0) } else { Err(end) }
        }
    });
    beside(&stage, handlers, ended(&stage, handle.id())).await;
    let events = stage.store.events_of(handle.id()).await.unwrap();
    let names = events.iter().filter_map(|event| match event.change {
        Change::Retried { .. } => Some("retried"),
        Change::Failed { .. } => Some("failed"),
        Change::Snoozed { .. } => Some("snoozed"),
        Change::Released => Some("released"),
        Change::Cancelled { .. } => Some("cancelled"),
        Change::Completed { .. } => Some("completed"),
        _ => None,
    });
    let names = names.collect();
    (stage, names)
}

#[tokio::test(start_paused = true)]
async fn every_variant_does_what_it_says() {
    for (end, events) in [
        (TaskError::retry("again"), ["retried", "failed"].as_slice()),
        (TaskError::fail("never"), &["failed"]),
        (TaskError::snooze(secs(5)), &["snoozed", "snoozed", "completed"]),
        (TaskError::Release, &["released", "released", "completed"]),
        (TaskError::Cancel(Some("enough".to_owned())), &["cancelled"]),
    ] {
        let (_, found) = events_after(end.clone()).await;
        assert_eq!(found, events, "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_may_name_its_delay() {
    let after = Some(secs(100));
    let end = TaskError::Retry { after, failure: Failure::new("busy", "later") };
    let (stage, _) = events_after(end).await;
    let task = stage.get(&id("t")).await;
    assert!(task.ended_at.unwrap().since(task.created_at) >= secs(100));
    assert_eq!(task.errors[0].failure, Failure::new("busy", "later"));
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was no number")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_mark_is_a_retry_with_all_causes_in_its_text() {
    let stage = Stage::new();
    let handle = store(&stage).submit(&sum_of(&[])).await.unwrap();
    let handlers = Handlers::new().on(|_: Sum, _: TaskContext| async {
        let number: i64 = "many".parse().map_err(Outer)?;
        Ok(number)
    });
    let (_, task) = beside(&stage, handlers, failed(&stage, handle.id())).await;
    assert_eq!(task.attempt, 2, "tried again");
    let text = &task.errors[0].failure.text;
    assert_eq!(text, "the answer was no number: invalid digit found in string");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_does_not_decode_fails_at_once() {
    let stage = Stage::new();
    let spec = NewTask::new(id("t"), TaskKind::new("sum").unwrap())
        .with_payload(Json::from_text("{\"of\": \"three\"}").unwrap())
        .with_retry(RetryPolicy::attempts(5));
    stage.insert(spec).await;
    let handlers = Handlers::new().on(|_: Sum| async { Ok(0) });
    let (_, task) = beside(&stage, handlers, failed(&stage, &id("t"))).await;
    assert_eq!((task.attempt, task.errors.len()), (1, 1));
    let failure = &task.errors[0].failure;
    assert_eq!(failure.kind, "payload");
    assert!(failure.text.contains("expected a sequence"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_result_beyond_the_limit_fails_the_task() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Big;
    impl popkit_coordinator::TypedTask for Big {
        const KIND: &'static str = "big";
        type Output = String;
    }
    let stage = Stage::new();
    let handle = store(&stage).submit(&Big).await.unwrap();
    let handlers = Handlers::new().on(|_: Big| async { Ok("x".repeat(300_000)) });
    let (_, task) = beside(&stage, handlers, failed(&stage, handle.id())).await;
    assert!(task.errors[0].failure.text.contains("262144"), "{:?}", task.errors);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_handler_is_a_failed_attempt() {
    let stage = Stage::new();
    let handle = store(&stage).submit(&sum_of(&[])).await.unwrap();
    let handlers = Handlers::new().on(|_: Sum, cx: TaskContext| async move {
        assert_eq!(cx.attempt(), 2, "only the second works");
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(0)
    });
    let (_, task) = beside(&stage, handlers, ended(&stage, handle.id())).await;
    assert_eq!((task.state, task.errors.len()), (TaskState::Done, 1));
}
