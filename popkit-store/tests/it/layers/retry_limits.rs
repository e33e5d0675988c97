//! When repeating ends, and what is said then.

use std::time::Duration;

use popkit_store::layer::{Injection, Operation, Retry, RetryOptions};
use popkit_store::{ErrorKind, OutcomeKind, TaskStoreExt as _};
use tokio::time::Instant;

use super::support::{fault, id, retry, task};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn the_tries_are_counted() {
    let fault = fault();
    fault.script(Operation::Get, [Injection::Fail; 9]);
    let error = retry(fault.clone()).get(&id("t")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    assert_eq!(fault.injected().calls, 5);
    assert_eq!(error.to_string(), "get: unavailable: failed on purpose (tries 5)");

    let once = Retry::with_options(fault.clone(), RetryOptions::default().max_tries(1));
    once.get(&id("t")).await.unwrap_err();
    assert_eq!(fault.injected().calls, 6);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_once_leaves_the_outcome_unknown() {
    let fault = fault();
    let store = retry(fault.clone());
    let rest = [Injection::Fail; 4];
    fault.script(Operation::Insert, [Injection::Lose].into_iter().chain(rest));
    let error = store.insert(task("a")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::Unknown));
    assert!(store.get(&id("a")).await.unwrap().is_some(), "it was applied");

    // Also where the last word is a refusal.
    fault.script(Operation::Insert, [Injection::Lose]);
    let orphan = task("b").with_needs([id("missing")]);
    let error = store.insert(orphan).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, OutcomeKind::Unknown));
}

#[tokio::test(start_paused = true)]
async fn the_backend_says_when_to_come_back() {
    let fault = fault();
    let store = retry(fault.clone());
    fault.script(Operation::Get, [Injection::SlowDown(SECOND * 20)]);
    let before = Instant::now();
    store.get(&id("t")).await.unwrap();
    assert!(before.elapsed() >= SECOND * 20);
}

#[tokio::test(start_paused = true)]
async fn no_wait_leads_past_the_deadline() {
    let fault = fault();
    let options = RetryOptions::default().deadline(SECOND * 10);
    let store = Retry::with_options(fault.clone(), options);
    fault.script(Operation::Get, [Injection::SlowDown(SECOND * 11)]);
    let before = Instant::now();
    let error = store.get(&id("t")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(SECOND * 11));
    assert_eq!(before.elapsed(), Duration::ZERO, "it says so at once");

    // A try that is under way is not cut, and no other follows it.
    let late = [Injection::Delay(SECOND * 60)];
    fault.script(Operation::Get, late);
    assert_eq!(store.get(&id("t")).await.unwrap(), None);
    assert_eq!(before.elapsed(), SECOND * 60);
}

#[tokio::test(start_paused = true)]
async fn calls_that_failed_together_do_not_come_back_together() {
    let fault = fault();
    fault.script(Operation::Get, [Injection::Fail; 50]);
    let options = RetryOptions::default().base_delay(SECOND * 60).max_delay(SECOND * 60);
    let store = Retry::with_options(fault, options.deadline(Duration::MAX).max_tries(99));
    let mut took = std::collections::BTreeSet::new();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        calls.spawn(async move {
            let before = Instant::now();
            store.get(&id("t")).await.unwrap();
            before.elapsed()
        });
    }
    while let Some(one) = calls.join_next().await {
        took.insert(one.unwrap());
    }
    assert!(took.len() > 45, "{} of 50 differ", took.len());
}
