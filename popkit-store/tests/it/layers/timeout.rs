//! Deadlines.

use std::time::Duration;

use popkit_store::layer::{Injection, Operation, Retry, RetryOptions, Timeout, TimeoutOptions};
use popkit_store::{ErrorKind, OutcomeKind, TaskStore, TaskStoreExt as _, WakeReason};
use tokio::time::Instant;

use super::support::{ALL, call, fault, id, retry, task, waiter};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn every_call_ends_at_its_deadline_and_says_what_is_known() {
    for operation in ALL {
        let fault = fault();
        let options = TimeoutOptions::default().every(SECOND * 7).wait_slack(SECOND * 2);
        let store = Timeout::with_options(fault.clone(), options);
        fault.script(operation, [Injection::Delay(SECOND * 3600)]);
        let before = Instant::now();
        let error = call(&store, operation).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, operation.name()));
        // Memory hands nothing off, so a lost wait loses nothing.
        let nothing_lost = operation.is_read() || operation == Operation::Wait;
        let expected = if nothing_lost { OutcomeKind::NotApplied } else { OutcomeKind::Unknown };
        assert_eq!(error.outcome(), expected, "{operation}");
        let deadline = if operation == Operation::Wait { SECOND * 3 } else { SECOND * 7 };
        assert_eq!(before.elapsed(), deadline, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_may_have_a_deadline_of_its_own() {
    let options = TimeoutOptions::default().every(SECOND).on(Operation::Prune, SECOND * 30);
    let fault = fault();
    let store = Timeout::with_options(fault.clone(), options);
    fault.script(Operation::Prune, [Injection::Delay(SECOND * 29), Injection::Delay(SECOND * 31)]);
    call(&store, Operation::Prune).await.unwrap();
    call(&store, Operation::Prune).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_wait_has_the_time_it_asks_for() {
    let store = Timeout::new(fault(), SECOND);
    let before = Instant::now();
    let wake = store.wait(waiter(SECOND * 60)).await.unwrap();
    assert_eq!(wake.reason, WakeReason::Timeout);
    assert_eq!(before.elapsed(), SECOND * 60);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_timed_out_may_have_been_applied_or_not() {
    let fault = fault();
    let store = Timeout::new(fault.clone(), SECOND);
    let long = SECOND * 5;
    fault.script(Operation::Insert, [Injection::DelayReply(long), Injection::Delay(long)]);
    for name in ["applied", "dropped"] {
        let error = store.insert(task(name)).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
        assert_eq!(error.backend(), "memory");
    }
    assert!(store.get(&id("applied")).await.unwrap().is_some());
    assert!(store.get(&id("dropped")).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn retry_around_timeout_gives_each_try_its_own_deadline() {
    let fault = fault();
    let store = retry(Timeout::new(fault.clone(), SECOND));
    let long = SECOND * 3600;
    fault.script(Operation::Insert, [Injection::DelayReply(long), Injection::Delay(long)]);
    let before = Instant::now();
    assert!(store.insert(task("a")).await.unwrap().is_created());
    assert_eq!(before.elapsed().as_secs(), 2, "two tries were cut");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_was_cut_is_repeated_within_the_time_it_asked_for() {
    let fault = fault();
    let options = TimeoutOptions::default().wait_slack(SECOND);
    let timed = Timeout::with_options(fault.clone(), options);
    // Less than the wait itself takes, which comes on top.
    let store = Retry::with_options(timed, RetryOptions::default().deadline(SECOND * 5));
    fault.script(Operation::Wait, [Injection::Delay(SECOND * 3600)]);
    let before = Instant::now();
    let wake = store.wait(waiter(SECOND * 10)).await.unwrap();
    assert_eq!((wake.reason, before.elapsed().as_secs()), (WakeReason::Timeout, 11));
}

#[tokio::test(start_paused = true)]
async fn timeout_around_retry_is_the_wrong_order() {
    let fault = fault();
    let store = Timeout::new(retry(fault.clone()), SECOND);
    fault.script(Operation::Insert, [Injection::DelayReply(SECOND * 3600)]);
    store.insert(task("a")).await.unwrap_err();
    assert_eq!(fault.injected_into(Operation::Insert).calls, 1, "nothing was repeated");
}
