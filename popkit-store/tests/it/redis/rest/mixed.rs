//! Handles over REST and over connections on the same data.

use std::time::Duration;

use popkit_protocol::RandomIds;
use popkit_store::{TaskStore, TaskStoreExt as _, WakeReason};

use super::support::{double, open};
use crate::redis::faults::support::{
    self as native, Waiting, claim, done, finish, hold, id, spawn_waiter, task, until_parked,
    woken, worker,
};

/// Leases so short that a rest ends within the test.
const LEASE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn an_agent_that_is_parked_finds_what_comes_over_rest() {
    let double = double().await;
    let (rest, native) = (open(&double).await, native::open(&double.redis().url()).await);
    // From here on the lane is known.
    native.insert(task("z")).await.unwrap();
    finish(&native, &worker("v"), &hold(&native, &worker("v")).await).await;
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &native, worker("w").with_lease(LEASE));
    until_parked(double.redis(), 1).await;
    rest.insert(task("a")).await.unwrap();
    let (who, lease) = woken(&native, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
    assert!(finish(&rest, &who, &lease).await.is_accepted());

    // Work that it leaves behind, and work over its own wire, reach it too.
    spawn_waiter(&mut waiting, &native, worker("w"));
    until_parked(double.redis(), 1).await;
    native.insert(task("b")).await.unwrap();
    let (_, lease) = woken(&native, &mut waiting).await;
    assert_eq!(lease.token.task, id("b"));
}

#[tokio::test]
async fn work_over_a_connection_goes_to_the_parked_agent_also_where_older_came_over_rest() {
    let double = double().await;
    let (rest, native) = (open(&double).await, native::open(&double.redis().url()).await);
    native.insert(task("z")).await.unwrap();
    finish(&native, &worker("v"), &hold(&native, &worker("v")).await).await;
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &native, worker("w"));
    spawn_waiter(&mut waiting, &native, worker("x"));
    until_parked(double.redis(), 2).await;
    rest.insert(task("a")).await.unwrap();
    native.insert(task("b")).await.unwrap();
    let mut got = Vec::new();
    for _ in 0..2 {
        let (_, lease) = woken(&native, &mut waiting).await;
        got.push(lease.token.task.to_string());
    }
    got.sort();
    assert_eq!(got, ["a", "b"]);
}

#[tokio::test]
async fn an_agent_that_polls_finds_what_comes_over_a_connection_after_a_rest() {
    let double = double().await;
    let (rest, native) = (open(&double).await, native::open(&double.redis().url()).await);
    native.insert(task("z")).await.unwrap();
    finish(&rest, &worker("v"), &hold(&rest, &worker("v")).await).await;
    let mut waiting = Waiting::new();
    double.reset_counts();
    // Where nothing is ready or held it rests for ten leases.
    spawn_waiter(&mut waiting, &rest, worker("w").with_lease(LEASE / 8));
    native::until("a look", async || double.counts().contains_key("xread")).await;
    native.insert(task("a")).await.unwrap();
    let (_, lease) = woken(&rest, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
}

#[tokio::test]
async fn a_lease_whose_holder_is_silent_is_rescued_by_one_who_polls() {
    let double = double().await;
    let (rest, native) = (open(&double).await, native::open(&double.redis().url()).await);
    let dead = worker("dead").with_lease(Duration::from_millis(300));
    rest.insert(task("a")).await.unwrap();
    let mut waiting = Waiting::new();
    hold(&native, &dead).await;
    spawn_waiter(&mut waiting, &rest, worker("w").with_lease(LEASE));
    let (_, lease) = woken(&rest, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
    assert_eq!(native::story(&rest, "a").await, ["inserted", "claimed", "rescued", "claimed"]);
}

/// A lane that gives way to another over REST takes no parked agent with it.
#[tokio::test]
async fn nobody_parked_is_given_work_of_a_lane_that_has_given_way() {
    let double = double().await;
    let one_lane = |url: &str| native::options(&format!("{url}?max_lanes=1"));
    let native = one_lane(&double.redis().url()).open().await.unwrap();
    let rest = super::support::url(&double);
    let rest = native::options(&format!("{rest}&max_lanes=1")).open().await.unwrap();
    let only = |name: &str, kind: &str| {
        let kinds = popkit_protocol::Kinds::Only([kind.try_into().unwrap()].into());
        let profile = popkit_protocol::Profile::new(name.try_into().unwrap(), kinds, []);
        popkit_store::Claimant::new(&RandomIds, profile).with_lease(LEASE)
    };
    let (old, new) = (only("old", "work"), only("new", "other"));
    native.insert(task("z")).await.unwrap();
    finish(&native, &old, &hold(&native, &old).await).await;
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &native, old);
    until_parked(double.redis(), 1).await;
    let other = |name: &str| popkit_protocol::NewTask::new(id(name), "other".try_into().unwrap());
    rest.insert(other("a")).await.unwrap();
    native.insert(other("b")).await.unwrap();
    let leases = native.step(claim(&new, 2)).await.unwrap().leases;
    assert_eq!(leases.len(), 2, "nobody else has them");
    for lease in leases {
        let end = new.step(&RandomIds).with_finish(lease.token, done());
        assert!(native.step(end).await.unwrap().finished[0].is_accepted());
    }
    native.insert(task("c")).await.unwrap();
    let next = native::soon("the parked agent", waiting.join_next()).await.unwrap().unwrap();
    let wake = next.1.unwrap();
    assert_ne!(wake.reason, WakeReason::Timeout);
    let lease = match wake.leases.into_iter().next() {
        Some(lease) => lease,
        None => hold(&native, &next.0).await,
    };
    assert_eq!(lease.token.task, id("c"));
}
