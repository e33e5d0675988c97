//! `wait`: until there may be work, or the time is up.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use popkit_protocol::{AgentId, Failure, Kinds, NewTask, Outcome, Priority, Profile, RandomIds};
use tokio::task::JoinSet;

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, kind, names, task, worker};
use crate::{Claimant, ErrorKind, Push, Result, Waiter, Wake, WakeReason};

pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// Long enough for any wake-up, short beside the hour that waiters are given.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

pub(super) fn waiter(who: &Claimant, timeout: Duration) -> Waiter {
    Waiter::new(who.holder, 0, who.wants(1, &RandomIds), timeout)
}

fn only(agent: &str, of: &str) -> Claimant {
    let kinds = Kinds::Only([kind(of)].into());
    Claimant::new(&RandomIds, Profile::new(agent.try_into().expect("valid"), kinds, []))
}

/// Starts waiting and gives the waiter time to park.
pub(super) async fn parked(stage: &Stage<'_>, who: &Claimant) -> JoinSet<Result<Wake>> {
    let (tasks, waiter) = (std::sync::Arc::clone(&stage.tasks), waiter(who, HOUR));
    let mut set = JoinSet::new();
    set.spawn(async move { tasks.wait(waiter).await });
    // Nothing tells from outside that it is parked; a wait that is not yet finds the work.
    tokio::time::sleep(Duration::from_millis(20)).await;
    set
}

/// The next wake-up, which must come long before the waiters' own time is up.
pub(super) async fn woken(set: &mut JoinSet<Result<Wake>>) -> Result<Wake> {
    let next = tokio::time::timeout(DEADLINE, set.join_next()).await;
    next.expect("the waiter is woken").expect("a waiter").expect("no panic")
}

/// The work that a wake-up announced: handed over, or to be claimed.
pub(super) async fn work(stage: &Stage<'_>, who: &Claimant, wake: Wake) -> String {
    assert_ne!(wake.reason, WakeReason::Timeout);
    let lease = match wake.leases.into_iter().next() {
        Some(lease) => lease,
        None => stage.claim_one(who).await,
    };
    lease.task.id().to_string()
}

/// With work at hand there is nothing to wait for.
pub async fn answers_at_once_when_ready(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a")]).await;
    let wake = tokio::time::timeout(DEADLINE, stage.tasks.wait(waiter(&who, HOUR))).await;
    let wake = wake.expect("at once").expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
}

/// An insert wakes a waiter that would take the task.
pub async fn wakes_on_insert(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let mut waiting = parked(&stage, &who).await;
    stage.insert([task("a")]).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// A task given back, and a dependant released, wake a waiter.
pub async fn wakes_on_release(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (holder, who) = (worker("holder"), worker("w"));
    let lease = stage.hold(&holder, task("a")).await;
    stage.insert([task("b").with_needs([id("a")])]).await;
    let mut waiting = parked(&stage, &who).await;
    stage.end(&holder, &lease, Outcome::Release).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    let held = stage.get("a").await.hold.expect("held");
    let token = popkit_protocol::LeaseToken { task: id("a"), fence: held.fence, claim: held.claim };
    let mut waiting = parked(&stage, &holder).await;
    stage.finish_by(&who, &token, Outcome::Done { result: None }).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &holder, wake).await, "b");
    stage.audit().await;
}

/// Work that comes in over another handle wakes too, by push or by polling.
pub async fn wakes_on_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let who = worker("w");
    let mut waiting = parked(&stage, &who).await;
    second.insert([task("a")]).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// A waiter promotes the task that becomes due while it waits.
pub async fn wakes_when_due(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (who, soon) = (worker("w"), Duration::from_millis(300));
    stage.insert([task("a").with_not_before(stage.now().after(soon))]).await;
    let mut waiting = parked(&stage, &who).await;
    stage.pass(soon).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// So it does for a time that was set after it had begun to wait.
pub async fn wakes_for_a_retry_set_meanwhile(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (holder, who, soon) = (worker("holder"), worker("w"), Duration::from_millis(300));
    let lease = stage.hold(&holder, task("a")).await;
    let mut waiting = parked(&stage, &who).await;
    let error = Failure::new("error", "again");
    stage.end(&holder, &lease, Outcome::Retry { delay: Some(soon), error }).await;
    stage.pass(soon).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// Of a batch that comes while it waits, a waiter gets the most urgent task.
pub async fn most_urgent_of_a_batch(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    // The lane is known when the waiter parks.
    let lease = stage.hold(&who, task("first")).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    let mut waiting = parked(&stage, &who).await;
    let level = |name: &str, level| task(name).with_priority(Priority::raw(level));
    stage.insert([level("low", 1), level("high", 9), level("middle", 5)]).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "high");
    stage.audit().await;
}

/// Without work a wait ends when its time is up.
pub async fn ends_with_its_time(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let waiter = waiter(&worker("w"), Duration::from_millis(50));
    let wake = tokio::time::timeout(DEADLINE, stage.tasks.wait(waiter)).await;
    let wake = wake.expect("it ends").expect("woken");
    assert_eq!((wake.reason, wake.leases.len()), (WakeReason::Timeout, 0));
}

/// Work that a waiter could not claim is none of its business.
pub async fn ignores_foreign_work(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let waiter = waiter(&only("w", "mine"), Duration::from_millis(300));
    let waiting = stage.tasks.wait(waiter);
    let inserting = stage.insert((0..5).map(|i| task(&format!("t{i}"))));
    let (wake, _) = tokio::join!(waiting, inserting);
    assert_eq!(wake.expect("woken").reason, WakeReason::Timeout);
    stage.audit().await;
}

/// As many tasks, as many waiters at work: each task wakes one, none is left parked.
pub async fn one_waiter_per_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mut working = JoinSet::new();
    for i in 0..6 {
        let (tasks, who) = (std::sync::Arc::clone(&stage.tasks), worker(&format!("w{i}")));
        working.spawn(async move {
            loop {
                let wake = tasks.wait(waiter(&who, HOUR)).await.expect("woken");
                let leases = if wake.leases.is_empty() {
                    let wants = who.wants(1, &RandomIds);
                    let step = who.step(&RandomIds).with_claim(wants);
                    tasks.step(step).await.expect("answered").leases
                } else {
                    wake.leases
                };
                if let Some(lease) = leases.into_iter().next() {
                    return lease.task.id().to_string();
                }
            }
        });
    }
    let mut got = Vec::new();
    for i in 0..6 {
        stage.insert([task(&format!("t{i}"))]).await;
        let next = tokio::time::timeout(DEADLINE, working.join_next()).await;
        got.push(next.expect("one is woken").expect("a waiter").expect("no panic"));
    }
    assert_eq!(got, ["t0", "t1", "t2", "t3", "t4", "t5"]);
    stage.audit().await;
}

/// A woken agent that takes work for which another was woken does not leave a task to nobody.
pub async fn taken_work_wakes_the_next(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let kinds = |name: &str, kinds: &[&str]| {
        let kinds = kinds.iter().map(|k| kind(k)).collect();
        let profile = Profile::new(AgentId::new(name).expect("an id"), Kinds::Only(kinds), []);
        Claimant::new(&RandomIds, profile)
    };
    let second = kinds("second", &["two"]);
    let (both, first) = (kinds("both", &["one", "two"]), kinds("first", &["one"]));
    let mut waiting_second = parked(&stage, &second).await;
    let mut waiting_both = parked(&stage, &both).await;
    let mut waiting_first = parked(&stage, &first).await;
    let urgent = NewTask::new(id("t2"), kind("two")).with_priority(Priority::raw(9));
    stage.insert([urgent, NewTask::new(id("t1"), kind("one"))]).await;
    if stage.tasks.capabilities().hand_off {
        // Who gets what is the store's to say, as long as none of it is left.
        let mut got = Vec::new();
        while got.len() < 2 {
            let wake = tokio::select! {
                wake = woken(&mut waiting_second), if !waiting_second.is_empty() => wake,
                wake = woken(&mut waiting_both), if !waiting_both.is_empty() => wake,
                wake = woken(&mut waiting_first), if !waiting_first.is_empty() => wake,
            };
            let leases = wake.expect("woken").leases;
            got.extend(names(&leases).into_iter().map(str::to_owned));
        }
        got.sort();
        assert_eq!(got, ["t1", "t2"]);
        stage.audit().await;
        return;
    }
    woken(&mut waiting_second).await.expect("woken");
    woken(&mut waiting_both).await.expect("woken");
    assert_eq!(names(&stage.claim(&both, 1).await), ["t2"], "the most urgent");
    assert!(stage.claim(&second, 1).await.is_empty(), "its work was taken");
    let again = parked(&stage, &second).await;
    woken(&mut waiting_first).await.expect("woken");
    assert_eq!(names(&stage.claim(&first, 1).await), ["t1"]);
    drop(again);
    stage.audit().await;
}

/// The wake-up of a waiter that is dropped before it could act goes to another that could.
pub async fn dropped_waiter_hands_on(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (first, second) = (only("first", "build"), worker("second"));
    let mut waiting = {
        let mut dropped = pin!(stage.tasks.wait(waiter(&first, HOUR)));
        let polled = poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_ready())).await;
        assert!(!polled, "there is nothing to do yet");
        let waiting = parked(&stage, &second).await;
        stage.insert([NewTask::new(id("a"), kind("build"))]).await;
        waiting
    };
    let wake = woken(&mut waiting).await.expect("woken");
    if stage.tasks.capabilities().push == Push::Poll {
        assert_ne!(wake.reason, WakeReason::Timeout);
    }
    let leases = stage.claim(&second, 1).await;
    assert!(!wake.leases.is_empty() || names(&leases) == ["a"]);
    stage.audit().await;
}

/// Closing ends every wait with `Closed`.
pub async fn close_wakes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mut waiting = parked(&stage, &worker("w")).await;
    stage.tasks.close().await.expect("closed");
    let error = woken(&mut waiting).await.expect_err("no work will come");
    assert_eq!(error.kind(), ErrorKind::Closed);
}
