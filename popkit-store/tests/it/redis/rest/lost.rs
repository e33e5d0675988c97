//! Answers that are lost, or that are no answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use popkit_protocol::{OutcomeKind, RandomIds};
use popkit_store::{
    Claimant, CountQuery, RedisStore, Result, StepReply, StepRequest, TaskStore as _,
    TaskStoreExt as _, Waiter, WakeReason,
};
use popkit_testkit::{Fault, UpstashDouble};

use super::support::{double, open};
use crate::redis::faults::support::{
    HOUR, claim, done, id, logged, soon, story, task, told, worker,
};

const TASKS: usize = 60;

/// One request goes well for each that does not.
fn troubled(double: &UpstashDouble, rounds: usize) {
    let well = Fault::Delay(Duration::ZERO);
    for _ in 0..rounds {
        for fault in [
            Fault::CloseAfter,
            Fault::CutBody,
            Fault::Status(502),
            Fault::CloseBefore,
            Fault::InvalidJson,
            Fault::WrongBase64,
            Fault::TooManyRequests { retry_after: 0 },
        ] {
            double.faults().next(1, fault);
            double.faults().next(1, well);
        }
    }
}

/// Makes a call until it is answered.
async fn answered<T>(mut call: impl AsyncFnMut() -> Result<T>) -> T {
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(error) => {
                let unknown = error.outcome() == OutcomeKind::Unknown;
                assert!(unknown || error.is_retryable(), "{error}");
            }
        }
    }
}

async fn step(store: &RedisStore, request: StepRequest) -> StepReply {
    answered(async || store.step(request.clone()).await).await
}

/// Works until all tasks are done; claims have leases that outlast the test.
async fn work(store: &RedisStore, who: Claimant, ended: &AtomicUsize) {
    let mut next = claim(&who, 1);
    while ended.load(Ordering::Relaxed) < TASKS {
        let reply = step(store, next).await;
        let finished = reply.finished.iter().filter(|one| one.is_accepted()).count();
        ended.fetch_add(finished, Ordering::Relaxed);
        next = claim(&who, 1);
        match reply.leases.into_iter().next() {
            Some(lease) => next = next.with_finish(lease.token, done()),
            None => {
                let wants = who.wants(1, &RandomIds);
                let waiter = Waiter::new(who.holder, 0, wants, Duration::from_millis(50));
                answered(async || store.wait(waiter.clone()).await).await;
            }
        }
    }
}

#[tokio::test]
async fn no_claim_is_doubled_or_lost_while_answers_are_lost() {
    let double = double().await;
    let store = open(&double).await;
    let ended = AtomicUsize::new(0);
    troubled(&double, 40);
    let one = |name| work(&store, worker(name), &ended);
    let inserting = async {
        for number in 0..TASKS {
            let tasks = || vec![task(&number.to_string())];
            answered(async || store.insert_many(tasks()).await).await;
        }
    };
    let working = async { tokio::join!(one("a"), one("b"), one("c"), one("d"), inserting) };
    soon("all tasks to end", working).await;
    double.faults().clear();
    assert_eq!(store.counts(CountQuery::default()).await.unwrap().done, TASKS as u64);
    assert_eq!(logged(&store, "inserted").await, TASKS);
    assert_eq!(logged(&store, "claimed").await, TASKS);
    assert_eq!(logged(&store, "completed").await, TASKS);
}

#[tokio::test]
async fn a_step_that_is_repeated_is_answered_the_same() {
    for fault in [Fault::CloseAfter, Fault::CutBody, Fault::InvalidJson, Fault::WrongBase64] {
        let double = double().await;
        let store = open(&double).await;
        store.insert_many((0..4).map(|n| task(&n.to_string())).collect()).await.unwrap();
        let who = worker("w");
        let lease = store.step(claim(&who, 1)).await.unwrap().leases.remove(0);
        let request = claim(&who, 2).with_finish(lease.token.clone(), done());
        double.faults().next(1, fault);
        let error = store.step(request.clone()).await.unwrap_err();
        assert_eq!(error.outcome(), OutcomeKind::Unknown, "{fault:?}: {error}");
        let reply = store.step(request.clone()).await.unwrap();
        assert_eq!(reply.leases.len(), 2);
        assert_eq!(told(&store.step(request).await.unwrap()), told(&reply), "{fault:?}");
        assert_eq!(story(&store, "0").await, ["inserted", "claimed", "completed"]);
    }
}

#[tokio::test]
async fn who_waits_hears_nothing_of_a_look_that_is_lost_once_or_twice() {
    for fault in [Fault::CloseAfter, Fault::CloseBefore, Fault::Status(503)] {
        let double = double().await;
        let store = open(&double).await;
        let who = worker("w");
        store.insert(task("a")).await.unwrap();
        store.step(claim(&who, 0)).await.unwrap();
        double.faults().next(2, fault);
        let waiter = Waiter::new(who.holder, 0, who.wants(1, &RandomIds), HOUR);
        let wake = soon("the wake-up", store.wait(waiter)).await.unwrap();
        assert_eq!((wake.reason, wake.leases.len()), (WakeReason::Ready, 0), "{fault:?}");
        assert_eq!(store.step(claim(&who, 1)).await.unwrap().leases[0].token.task, id("a"));
    }
}
