//! Rescue: whoever calls next takes expired leases back, in two looks.

use std::time::Duration;

use popkit_protocol::{
    Change, EdgePolicy, FailCause, Need, Outcome, RandomIds, RetryPolicy, TaskState, limits,
};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, names, task, worker};
use crate::{Beat, Finished, Heartbeat, Waiter, WakeReason};

const DONE: Outcome = Outcome::Done { result: None };

/// The first look at an expired lease marks it, the second, a third of the lease later,
/// rescues the task: it is ready again and the holder is on record.
pub async fn takes_two_looks(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (dead, span) = (stage.mortal("dead"), stage.span());
    stage.hold(&dead, task("a")).await;
    stage.pass(span).await;
    stage.idle().await;
    let marked = stage.get("a").await;
    assert_eq!(marked.state, TaskState::Assigned, "the first look only marks");
    assert!(marked.hold.is_some_and(|hold| hold.suspect));
    stage.pass(span / 3).await;
    stage.idle().await;
    let rescued = stage.get("a").await;
    assert_eq!((rescued.state, rescued.abandons), (TaskState::Pending, 1));
    let last = stage.events("a").await.pop().expect("events");
    assert_eq!(last.change, Change::Rescued { holder: dead.holder });
    assert_eq!(stage.claim_one(&worker("next")).await.task.attempt, 2, "a crash counts");
    stage.audit().await;
}

/// Looks before their time change nothing, however many.
pub async fn second_look_waits(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w").with_lease(Duration::from_secs(120));
    let lease = stage.hold(&who, task("a")).await;
    for _ in 0..5 {
        stage.idle().await;
    }
    assert_eq!(stage.get("a").await, lease.task, "the lease runs");
    if let Some(clock) = stage.clock() {
        clock.advance(who.lease);
        for _ in 0..5 {
            stage.idle().await;
            clock.advance(Duration::from_secs(6));
        }
        assert_eq!(stage.state("a").await, TaskState::Assigned, "a third is not over");
        clock.advance(Duration::from_secs(10));
        stage.idle().await;
        assert_eq!(stage.state("a").await, TaskState::Pending);
    }
    stage.audit().await;
}

/// A heartbeat between the looks clears the mark: the lease runs its full length again.
pub async fn heartbeat_clears_the_mark(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (late, span) = (stage.mortal("late"), stage.span());
    let lease = stage.hold(&late, task("a")).await;
    for _ in 0..3 {
        stage.pass(span).await;
        stage.idle().await;
        assert!(stage.get("a").await.hold.is_some_and(|hold| hold.suspect));
        assert_eq!(stage.beat(&late, &[&lease]).await.renewed.len(), 1);
        let held = stage.get("a").await.hold.expect("held");
        assert!(!held.suspect && held.is(&lease.token));
        stage.pass(span / 3).await;
        stage.idle().await;
    }
    assert_eq!(stage.state("a").await, TaskState::Assigned);
    stage.end(&late, &lease, DONE).await;
    stage.audit().await;
}

/// The current pair stays valid until the task is rescued: an expired lease may be ended.
pub async fn late_holder_may_finish(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let late = stage.mortal("late");
    let lease = stage.hold(&late, task("a")).await;
    stage.pass(stage.span()).await;
    assert_eq!(stage.end(&late, &lease, DONE).await, TaskState::Done);
    stage.outlive().await;
    assert_eq!(stage.state("a").await, TaskState::Done);
    stage.audit().await;
}

/// A holder that comes back after the rescue is refused, by step and by heartbeat, before
/// and after somebody else claimed the task.
pub async fn zombie_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (zombie, next) = (stage.mortal("zombie"), worker("next"));
    let lease = stage.hold(&zombie, task("a")).await;
    stage.outlive().await;
    let rescued = stage.get("a").await;
    assert_eq!(rescued.state, TaskState::Pending);
    let reply = stage.beat(&zombie, &[&lease]).await;
    assert_eq!((reply.renewed.len(), reply.lost.len()), (0, 1), "no heartbeat revives a lease");
    assert!(matches!(stage.finish(&zombie, &lease, DONE).await, Finished::Lost(_)));
    assert_eq!(stage.get("a").await, rescued, "nothing changed");
    let theirs = stage.claim_one(&next).await;
    assert!(theirs.token.fence > lease.token.fence);
    assert_eq!(stage.beat(&zombie, &[&lease]).await.lost.len(), 1);
    assert!(matches!(stage.finish(&zombie, &lease, DONE).await, Finished::Lost(_)));
    assert_eq!(stage.end(&next, &theirs, DONE).await, TaskState::Done);
    stage.audit().await;
}

/// A task whose last attempt was abandoned becomes a dead letter, with its history.
pub async fn attempts_are_limited(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.hold(&stage.mortal("dead"), task("a").with_retry(RetryPolicy::never())).await;
    stage.outlive().await;
    let failed = stage.get("a").await;
    assert_eq!((failed.state, failed.attempt, failed.abandons), (TaskState::Failed, 1, 1));
    let last = stage.events("a").await.pop().expect("events");
    assert!(matches!(last.change, Change::Failed { cause: FailCause::Abandoned, .. }));
    assert_eq!(failed.errors.len(), 1);
    stage.audit().await;
}

/// Too many abandoned leases make a dead letter, whatever attempts are left.
pub async fn abandons_are_limited(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let deadly = task("a").with_retry(RetryPolicy::attempts(100)).with_max_abandons(2);
    stage.hold(&stage.mortal("first"), deadly).await;
    stage.outlive().await;
    assert_eq!(stage.state("a").await, TaskState::Pending);
    stage.claim_one(&stage.mortal("second")).await;
    stage.outlive().await;
    let failed = stage.get("a").await;
    assert_eq!((failed.state, failed.abandons), (TaskState::Failed, 2));
    let expected = ["inserted", "claimed", "rescued", "claimed", "failed"];
    assert_eq!(stage.story("a").await, expected);
    stage.audit().await;
}

/// Heartbeats rescue: a task of a dead holder comes back while every worker is busy.
pub async fn by_the_heartbeat_of_another(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let busy = worker("busy").with_lease(Duration::from_secs(3600));
    let work = stage.hold(&busy, task("work")).await;
    stage.hold(&stage.mortal("dead"), task("a")).await;
    stage.pass(stage.span()).await;
    stage.beat(&busy, &[&work]).await;
    stage.pass(stage.span() / 3).await;
    stage.beat(&busy, &[&work]).await;
    assert_eq!(stage.state("a").await, TaskState::Pending);
    stage.audit().await;
}

/// Waiters rescue: a task of a dead holder comes back while every worker is parked.
pub async fn by_a_waiter(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let dead = worker("dead").with_lease(Duration::from_millis(600));
    stage.hold(&dead, task("a")).await;
    let who = worker("w");
    let hour = Duration::from_secs(3600);
    let waiter = Waiter::new(who.holder, 0, who.wants(1, &RandomIds), hour);
    let mut waiting = stage.tasks.wait(waiter);
    let woken = loop {
        // The waiter looks when the lease ends in real time; the clock is brought along.
        match tokio::time::timeout(Duration::from_millis(100), &mut waiting).await {
            Ok(wake) => break wake.expect("woken"),
            Err(_) => {
                if let Some(clock) = stage.clock() {
                    clock.advance(Duration::from_millis(100));
                }
            }
        }
    };
    assert_ne!(woken.reason, WakeReason::Timeout);
    let next = match woken.leases.into_iter().next() {
        Some(lease) => lease,
        None => stage.claim_one(&who).await,
    };
    assert_eq!(next.task.attempt, 2);
    stage.audit().await;
}

/// A clock that steps forward rescues no holder that goes on beating.
pub async fn step_of_the_clock_spares_the_living(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(clock) = stage.clock() else { return };
    let live = worker("live");
    stage.insert((0..5).map(|i| task(&format!("t{i}")))).await;
    let held = stage.claim(&live, 5).await;
    let all: Vec<_> = held.iter().collect();
    clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..3 {
        stage.idle().await;
    }
    let reply = stage.beat(&live, &all).await;
    assert_eq!((reply.renewed.len(), reply.lost.len()), (5, 0), "one heartbeat was in time");
    for _ in 0..6 {
        clock.advance(live.lease / 3);
        stage.idle().await;
        assert_eq!(stage.beat(&live, &all).await.renewed.len(), 5);
    }
    for lease in &held {
        stage.end(&live, lease, DONE).await;
    }
    stage.audit().await;
}

/// A paused task of a dead holder is rescued like any other.
pub async fn paused_task_of_a_dead_holder(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let dead = stage.mortal("dead");
    let lease = stage.hold(&dead, task("a")).await;
    stage.end(&dead, &lease, Outcome::Pause { reason: None }).await;
    stage.outlive().await;
    assert_eq!(stage.state("a").await, TaskState::Pending);
    assert_eq!(names(&stage.claim(&worker("next"), 1).await), ["a"]);
    stage.audit().await;
}

/// One call looks at a bounded number of expired leases; a few more look at all of them, and
/// tasks that are due are not forgotten over it.
pub async fn bounded_per_call_but_complete(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let dead = stage.mortal("dead");
    stage.insert((0..50).map(|i| task(&format!("t{i}")))).await;
    assert_eq!(stage.claim(&dead, 50).await.len(), 50);
    stage.insert([task("due").with_not_before(stage.now().after(stage.span()))]).await;
    stage.pass(stage.span()).await;
    for _ in 0..10 {
        stage.idle().await;
    }
    stage.pass(stage.span() / 3).await;
    let before = stage.counts().await.ready;
    stage.idle().await;
    let rescued = stage.counts().await.ready - before;
    assert!(rescued <= (limits::RESCUES + limits::PROMOTIONS) as u64, "bounded: {rescued}");
    for _ in 0..10 {
        stage.idle().await;
    }
    assert_eq!(stage.counts().await.ready, 51, "all of them, and the one that was due");
    stage.audit().await;
}

/// A task that dies for good by rescue is an end like any other for its dependants.
pub async fn dead_letter_releases_its_dependants(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let fatal = task("parent").with_retry(RetryPolicy::never());
    stage.hold(&stage.mortal("dead"), fatal).await;
    let report = task("report").with_needs([Need::new(id("parent"), EdgePolicy::Run)]);
    stage.insert([report]).await;
    stage.outlive().await;
    assert_eq!(names(&stage.claim(&worker("w"), 1).await), ["report"]);
    stage.audit().await;
}

/// The store's time never goes back: a clock that does neither ends leases early nor makes
/// events older than what they follow.
pub async fn time_never_goes_back(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(clock) = stage.clock() else { return };
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let before = stage.get("a").await.updated_at;
    clock.set(stage.now().before(Duration::from_secs(3600)));
    stage.insert([task("b")]).await;
    assert!(stage.get("b").await.created_at >= before);
    let beat = Heartbeat::new(who.holder, who.lease).with(Beat::new(lease.token.clone()));
    assert_eq!(stage.tasks.heartbeat(beat).await.expect("answered").renewed.len(), 1);
    stage.end(&who, &lease, DONE).await;
    assert!(stage.get("a").await.ended_at.is_some_and(|at| at >= before));
    stage.audit().await;
}
