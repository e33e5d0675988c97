//! Closing, dropping, and waiting for a turn.

use std::fs::File;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use popkit_protocol::RandomIds;
use popkit_store::{
    ErrorKind, OutcomeKind, StateStoreExt as _, TaskStore as _, TaskStoreExt as _, Waiter,
    WakeReason,
};
use popkit_testkit::{scratch, wait_until};

use super::support::{agent, id, open, options, task, work_off};

const LONG: Duration = Duration::from_secs(30);

fn waiter(name: &str, timeout: Duration) -> Waiter {
    let by = agent(name);
    Waiter::new(by.holder, 0, by.wants(1, &RandomIds), timeout)
}

#[tokio::test]
async fn closed_for_all_handles() {
    let folder = scratch();
    let store = open(&folder).await;
    let other = store.clone();
    store.insert(task("t")).await.unwrap();
    store.close().await.unwrap();
    let key = popkit_store::StateKey::new("k").unwrap();
    let errors = [
        other.insert(task("u")).await.unwrap_err(),
        other.get(&id("t")).await.unwrap_err(),
        other.wait(waiter("a", LONG)).await.unwrap_err(),
        other.save_text(&key, "x").await.unwrap_err(),
    ];
    for error in errors {
        let seen = (error.kind(), error.outcome());
        assert_eq!(seen, (ErrorKind::Closed, OutcomeKind::NotApplied), "{error}");
    }
    other.close().await.unwrap();
}

#[tokio::test]
async fn what_was_asked_before_the_close_is_done() {
    let folder = scratch();
    let store = open(&folder).await;
    let mut calls = Vec::new();
    for n in 0..50 {
        let store = store.clone();
        let insert = async move { store.insert(task(&format!("t{n}"))).await.is_ok() };
        calls.push(Box::pin(insert));
    }
    for call in &mut calls {
        poll_once(call.as_mut()).await;
    }
    store.close().await.unwrap();
    let store = open(&folder).await;
    for n in 0..50 {
        assert!(store.get(&id(&format!("t{n}"))).await.unwrap().is_some(), "t{n}");
    }
}

/// Nobody has the store open: the thread has ended and let go of the files.
fn is_free(folder: &popkit_testkit::Scratch) -> bool {
    File::open(folder.join("tasks.db.open")).unwrap().try_lock().is_ok()
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_thread() {
    let folder = scratch();
    let store = open(&folder).await;
    let other = store.clone();
    store.insert(task("t")).await.unwrap();
    drop(store);
    assert!(!is_free(&folder));
    other.insert(task("u")).await.unwrap();
    drop(other);
    wait_until(LONG, "the writer to end", || is_free(&folder));
    assert!(!folder.join("tasks.db-wal").exists(), "the log was copied back");
}

#[tokio::test]
async fn dropping_while_somebody_waited_ends_the_thread() {
    let folder = scratch();
    let store = open(&folder).await;
    let wake = store.wait(waiter("a", Duration::from_millis(1))).await.unwrap();
    assert_eq!(wake.reason, WakeReason::Timeout);
    drop(store);
    wait_until(LONG, "the writer to end", || is_free(&folder));
}

#[tokio::test]
async fn dropped_call_is_not_made_before_its_turn() {
    let folder = scratch();
    let store = open(&folder).await;
    let turn = File::open(folder.join("tasks.db.lock")).unwrap();
    turn.lock().unwrap();
    // Both wait for the turn; the second is dropped meanwhile.
    let mut first = Box::pin(store.insert(task("first")));
    poll_once(first.as_mut()).await;
    poll_once(Box::pin(store.insert(task("second"))).as_mut()).await;
    turn.unlock().unwrap();
    first.await.unwrap();
    store.insert(task("third")).await.unwrap();
    let there = store.get_many(&[id("first"), id("second"), id("third")]).await.unwrap();
    assert_eq!(there.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
}

/// Polls a call once: it is on its way then.
async fn poll_once<F: Future>(mut call: Pin<&mut F>) {
    poll_fn(|cx| {
        let _ = call.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn turn_that_never_comes_is_reported() {
    let folder = scratch();
    let store = options(&folder).busy_timeout(Duration::from_millis(20)).open().await.unwrap();
    store.insert(task("t")).await.unwrap();
    let turn = File::open(folder.join("tasks.db.lock")).unwrap();
    turn.lock().unwrap();
    let error = store.insert(task("u")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    assert!(error.is_retryable());
    let opening = options(&folder).busy_timeout(Duration::from_millis(20)).open().await;
    assert_eq!(opening.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(store.get(&id("t")).await.unwrap().is_some(), "reading goes on");
    turn.unlock().unwrap();
    store.insert(task("u")).await.unwrap();
    assert_eq!(work_off(&store, &agent("a")).await.unwrap(), Some(id("t")));
}
