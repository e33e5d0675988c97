//! `wait` and the rules of lanes: who is woken, and who is left alone.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use popkit_protocol::{Lease, Outcome, RandomIds};
use tokio::task::JoinSet;

use super::wait::{DEADLINE, HOUR, parked, waiter, woken, work};
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, at_most, outcomes, task, worker};
use crate::{Action, Claimant, LaneRule, WakeReason};

const DONE: Outcome = Outcome::Done { result: None };
const NONE: LaneRule = LaneRule { paused: false, limit: None };
const PAUSED: LaneRule = LaneRule { paused: true, limit: None };

/// So many agents that wait until they have a task.
fn at_work(stage: &Stage<'_>, agents: usize) -> JoinSet<(Claimant, Lease)> {
    let mut working = JoinSet::new();
    for i in 0..agents {
        let (tasks, who) = (Arc::clone(&stage.tasks), worker(&format!("w{i}")));
        working.spawn(async move {
            loop {
                let mut leases = tasks.wait(waiter(&who, HOUR)).await.expect("woken").leases;
                if leases.is_empty() {
                    let step = who.step(&RandomIds).with_claim(who.wants(1, &RandomIds));
                    leases = tasks.step(step).await.expect("answered").leases;
                }
                if let Some(lease) = leases.pop() {
                    return (who, lease);
                }
            }
        });
    }
    working
}

async fn next(working: &mut JoinSet<(Claimant, Lease)>) -> (Claimant, Lease) {
    let next = tokio::time::timeout(DEADLINE, working.join_next()).await;
    next.expect("one is woken").expect("an agent").expect("no panic")
}

/// Nobody else gets a task for a while.
async fn quiet(working: &mut JoinSet<(Claimant, Lease)>) {
    let more = tokio::time::timeout(Duration::from_millis(100), working.join_next()).await;
    assert!(more.is_err(), "nothing is left to claim: {more:?}");
}

/// A waiter that meets this rule, and a task that comes while it waits, waits on.
async fn sleeps_on(stage: &Stage<'_>, rule: LaneRule) {
    stage.set_lane("work", rule).await;
    let who = worker("w");
    // The lanes are known from here on: the wait that follows begins at once.
    stage.tasks.wait(waiter(&who, Duration::from_millis(10))).await.expect("woken");
    let waiting = stage.tasks.wait(waiter(&who, Duration::from_millis(300)));
    // One by one: a backend may hand a single task over in a way of its own.
    let inserting = async {
        for i in 0..3 {
            stage.insert([task(&format!("t{i}"))]).await;
        }
    };
    let (wake, _) = tokio::join!(waiting, inserting);
    let wake = wake.expect("woken");
    assert_eq!((wake.reason, wake.leases.len()), (WakeReason::Timeout, 0));
    stage.audit().await;
}

/// Tasks of a paused lane wake nobody.
pub async fn paused_lane_wakes_nobody(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    sleeps_on(&stage, PAUSED).await;
}

/// Tasks of a full lane wake nobody.
pub async fn full_lane_wakes_nobody(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.hold(&worker("holder"), task("a")).await;
    sleeps_on(&stage, at_most(1)).await;
}

/// Lifting a pause wakes a waiter.
pub async fn resume_wakes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.set_lane("work", PAUSED).await;
    stage.insert([task("a")]).await;
    let mut waiting = parked(&stage, &who).await;
    stage.set_lane("work", NONE).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// So does lifting it over another handle.
pub async fn resume_wakes_on_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let who = worker("w");
    second.set_lane("work", PAUSED).await;
    second.insert([task("a")]).await;
    let mut waiting = parked(&stage, &who).await;
    second.set_lane("work", NONE).await;
    let wake = woken(&mut waiting).await.expect("woken");
    assert_eq!(work(&stage, &who, wake).await, "a");
    stage.audit().await;
}

/// A raised limit wakes as many as it lets in; lifting it, the others.
pub async fn raised_limit_wakes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.set_lane("work", at_most(1)).await;
    stage.hold(&worker("holder"), task("a")).await;
    let mut working = at_work(&stage, 4);
    stage.insert((0..4).map(|i| task(&format!("t{i}")))).await;
    quiet(&mut working).await;
    stage.set_lane("work", at_most(3)).await;
    for _ in 0..2 {
        next(&mut working).await;
    }
    quiet(&mut working).await;
    assert_eq!(stage.lane("work").await.expect("listed").held, 3);
    stage.set_lane("work", NONE).await;
    for _ in 0..2 {
        next(&mut working).await;
    }
    stage.audit().await;
}

/// Each place that becomes free wakes one waiter, however its lease ended.
pub async fn each_place_wakes_one(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let ways = outcomes().into_iter().filter(|way| !matches!(way, Outcome::Pause { .. }));
    let ways: Vec<Outcome> = ways.chain([DONE]).collect();
    stage.set_lane("work", at_most(2)).await;
    let mut working = at_work(&stage, ways.len() + 3);
    stage.insert((0..2 * ways.len() + 6).map(|i| task(&format!("t{i}")))).await;
    let mut held = [next(&mut working).await, next(&mut working).await];
    quiet(&mut working).await;
    for (i, way) in ways.into_iter().enumerate() {
        let (who, lease) = &held[i % 2];
        stage.end(who, lease, way).await;
        held[i % 2] = next(&mut working).await;
    }
    quiet(&mut working).await;
    let cancelled = held[0].1.task.id().as_str();
    stage.change(cancelled, Action::Cancel { reason: None }).await;
    next(&mut working).await;
    assert_eq!(stage.lane("work").await.expect("listed").held, 2);
    stage.audit().await;
}

/// So does a place that another handle frees.
pub async fn place_wakes_on_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let holder = worker("holder");
    second.set_lane("work", at_most(1)).await;
    let lease = second.hold(&holder, task("a")).await;
    second.insert([task("b")]).await;
    let mut working = at_work(&stage, 2);
    quiet(&mut working).await;
    second.end(&holder, &lease, DONE).await;
    let (_, lease) = next(&mut working).await;
    assert_eq!(lease.task.id().as_str(), "b");
    stage.audit().await;
}

/// A waiter rescues the silent holder of a full lane's lease, and gets the place.
pub async fn rescue_wakes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let dead = stage.mortal("dead");
    stage.set_lane("work", at_most(1)).await;
    stage.hold(&dead, task("a").with_max_abandons(1)).await;
    stage.insert([task("b")]).await;
    let mut working = at_work(&stage, 2);
    quiet(&mut working).await;
    stage.outlive().await;
    let (_, lease) = next(&mut working).await;
    assert_eq!(lease.task.id().as_str(), "b");
    quiet(&mut working).await;
    stage.audit().await;
}

/// The place of a waiter that is dropped before it could act goes to another.
pub async fn dropped_waiter_hands_the_place_on(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let holder = worker("holder");
    stage.set_lane("work", at_most(1)).await;
    let lease = stage.hold(&holder, task("a")).await;
    stage.insert([task("b")]).await;
    let mut second = {
        let mut first = pin!(stage.tasks.wait(waiter(&worker("first"), HOUR)));
        let polled = poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_ready())).await;
        assert!(!polled, "the lane is full");
        let second = at_work(&stage, 1);
        stage.end(&holder, &lease, DONE).await;
        second
    };
    if stage.tasks.capabilities().hand_off {
        // What was handed to it is its own until it is rescued.
        stage.audit().await;
        return;
    }
    let (_, lease) = next(&mut second).await;
    assert_eq!(lease.task.id().as_str(), "b");
    stage.audit().await;
}
