//! Failures on purpose.

use std::time::Duration;

use popkit_store::layer::{Fault, FaultOptions, FaultRates, Injection, Operation};
use popkit_store::{
    ErrorKind, Inserted, OutcomeKind, StateStoreExt as _, TaskStore, TaskStoreExt as _, WakeReason,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::support::{ALL, call, fault, id, key, memory, reprioritise, task, waiter, worker};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn each_injection_does_what_it_says() {
    let fault = fault();
    let script = [
        Injection::Fail,
        Injection::SlowDown(SECOND),
        Injection::Lose,
        Injection::Delay(SECOND),
        Injection::DelayReply(SECOND),
        Injection::Twice,
        Injection::Pass,
    ];
    fault.script(Operation::Insert, script);

    let error = fault.insert(task("fail")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
    let error = fault.insert(task("slow")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RateLimited, OutcomeKind::NotApplied));
    assert_eq!(error.retry_after(), Some(SECOND));
    let error = fault.insert(task("lose")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    assert_eq!((error.backend(), error.operation()), ("fault", "insert"));
    let before = Instant::now();
    fault.insert(task("delay")).await.unwrap();
    fault.insert(task("delay-reply")).await.unwrap();
    assert_eq!(before.elapsed(), SECOND * 2);
    assert_eq!(fault.insert(task("twice")).await.unwrap(), Inserted::Duplicate(id("twice")));
    fault.insert(task("pass")).await.unwrap();
    fault.insert(task("after-the-script")).await.unwrap();

    let names = ["fail", "slow", "lose", "delay", "delay-reply", "twice", "pass"].map(id);
    let there: Vec<bool> =
        fault.get_many(&names).await.unwrap().iter().map(Option::is_some).collect();
    assert_eq!(there, [false, false, true, true, true, true, true]);

    let counts = fault.injected_into(Operation::Insert);
    assert_eq!((counts.calls, counts.failed, counts.lost), (8, 2, 1));
    assert_eq!((counts.delayed, counts.doubled, counts.cut_off), (2, 1, 0));
    assert_eq!(counts.faults(), 6);
    assert_eq!(fault.injected().calls, 9);
}

#[tokio::test(start_paused = true)]
async fn a_doubled_step_claims_once_and_a_doubled_change_is_refused() {
    let fault = fault();
    fault.insert_many(vec![task("t"), task("u")]).await.unwrap();
    fault.script(Operation::Step, [Injection::Twice]);
    let lease = fault.claim(&worker("w")).await.unwrap().unwrap();
    assert_eq!(lease.task.id(), &id("t"));
    assert_eq!(fault.counts(Default::default()).await.unwrap().assigned, 1);

    fault.script(Operation::Change, [Injection::Twice]);
    let error = fault.change(reprioritise("u").at_revision(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(fault.get(&id("u")).await.unwrap().unwrap().revision, 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_cut_off_refuses_every_call() {
    let fault = fault();
    let other = fault.clone();
    fault.insert(task("t")).await.unwrap();
    other.down();
    assert!(fault.is_down());
    for operation in ALL {
        let error = call(&fault, operation).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}");
        assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{operation}");
        assert_eq!(fault.injected_into(operation).cut_off, 1, "{operation}");
    }
    other.up();
    assert_eq!(fault.get(&id("t")).await.unwrap().unwrap().revision, 1, "nothing was done");
    assert!(fault.load_text(&key("d")).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_cut_ends_calls_that_are_under_way_however_short_it_is() {
    let fault = fault();
    fault.script(Operation::Insert, [Injection::Delay(SECOND * 60)]);
    fault.script(Operation::Get, [Injection::Delay(SECOND * 60)]);
    let mut calls = JoinSet::new();
    for operation in [Operation::Wait, Operation::Insert, Operation::Get] {
        let store = fault.clone();
        calls.spawn(async move { (operation, call(&store, operation).await) });
    }
    tokio::time::sleep(SECOND / 2).await;
    fault.down();
    fault.up();
    let before = Instant::now();
    while let Some(ended) = calls.join_next().await {
        let (operation, answer) = ended.unwrap();
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{operation}");
        let known = operation == Operation::Get;
        assert_eq!(error.outcome() == OutcomeKind::NotApplied, known, "{operation}");
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(fault.injected().cut_off, 3);
    let wake = fault.wait(waiter(SECOND)).await.unwrap();
    assert_eq!(wake.reason, WakeReason::Timeout, "the insert was dropped before it happened");
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_calls_give_the_same_failures() {
    async fn story(seed: u64) -> Vec<String> {
        let rates = FaultRates::default().fail(0.2).lose(0.2).twice(0.2).delay(0.1);
        let rates = rates.delay_reply(0.1).longest(SECOND * 3);
        let store = Fault::with_options(memory(), FaultOptions::seeded(seed).every(rates));
        let mut story = Vec::new();
        for n in 0..200 {
            let before = Instant::now();
            let answer = store.insert(task(&format!("t-{}", n % 150))).await;
            story.push(format!("{answer:?} after {:?}", before.elapsed()));
        }
        story.push(format!("{:?}", store.injected()));
        story
    }
    let (first, again, other) = (story(7).await, story(7).await, story(8).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test(start_paused = true)]
async fn one_operation_can_be_spared() {
    let options = FaultOptions::seeded(1)
        .every(FaultRates::default().fail(1.0))
        .on(Operation::Insert, FaultRates::default());
    let store = Fault::with_options(memory(), options);
    store.insert(task("a")).await.unwrap();
    store.get(&id("a")).await.unwrap_err();
}
