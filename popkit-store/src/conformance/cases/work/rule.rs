//! Rules of lanes: what a pause and a limit hold back, and what they do not.

use std::num::NonZeroU32;

use popkit_protocol::{Capability, NewTask, Outcome, Priority, RandomIds, Requirement, TaskState};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, at_most, id, kind, names, outcomes, task, worker};
use crate::{Action, Durability, LaneRule, LaneStatus};

const DONE: Outcome = Outcome::Done { result: None };
const NONE: LaneRule = LaneRule { paused: false, limit: None };
const PAUSED: LaneRule = LaneRule { paused: true, limit: None };

fn of(task: &str, kinded: &str) -> NewTask {
    NewTask::new(id(task), kind(kinded))
}

/// Nothing is claimed from a paused lane; others go on. What it held back can be claimed, in
/// its order, once it is resumed.
pub async fn pause_holds_back(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([of("a", "one"), of("b", "two"), of("c", "one")]).await;
    stage.set_lane("one", PAUSED).await;
    stage.insert([of("d", "one"), of("e", "two")]).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["b", "e"]);
    assert!(stage.claim(&who, 9).await.is_empty());
    assert_eq!(stage.counts().await.ready, 3, "they are ready all the same");
    stage.set_lane("one", NONE).await;
    assert_eq!(names(&stage.claim(&who, 2).await), ["a", "c"]);
    stage.audit().await;
}

/// Leases of a paused lane go on: they are renewed and finished, and their tasks may be
/// given back.
pub async fn pause_takes_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    let held = stage.claim(&who, 2).await;
    let status = stage.set_lane("work", PAUSED).await;
    assert_eq!((status.ready, status.held, status.open), (0, 2, 2));
    let beat = stage.beat(&who, &[&held[0], &held[1]]).await;
    assert_eq!((beat.renewed.len(), beat.lost.len()), (2, 0));
    assert_eq!(stage.end(&who, &held[0], DONE).await, TaskState::Done);
    assert_eq!(stage.end(&who, &held[1], Outcome::Release).await, TaskState::Pending);
    assert!(stage.claim(&who, 1).await.is_empty());
    stage.audit().await;
}

/// A dependant that is released into a paused lane waits there.
pub async fn released_into_a_paused_lane(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let parent = stage.hold(&who, of("parent", "one")).await;
    stage.insert([of("child", "two").with_needs([id("parent")])]).await;
    stage.set_lane("two", PAUSED).await;
    let request = who.step(&RandomIds).with_claim(who.wants(1, &RandomIds));
    let reply = stage.step(request.with_finish(parent.token, DONE)).await;
    assert!(reply.leases.is_empty());
    assert!(stage.get("child").await.is_ready());
    stage.set_lane("two", NONE).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["child"]);
    stage.audit().await;
}

/// A claim gets as many as the limit leaves, whoever holds the others.
pub async fn limit_holds_for_all(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (one, two) = (worker("one"), worker("two"));
    stage.insert((0..20).map(|i| task(&format!("t{i}")))).await;
    stage.set_lane("work", at_most(3)).await;
    let first = stage.claim(&one, 2).await;
    assert_eq!(first.len(), 2);
    assert_eq!(stage.claim(&two, 16).await.len(), 1);
    assert!(stage.claim(&two, 16).await.is_empty());
    stage.end(&one, &first[0], DONE).await;
    assert_eq!(names(&stage.claim(&two, 16).await), ["t3"]);
    stage.audit().await;
    let other = Stage::new(h).await;
    other.set_lane("work", at_most(3)).await;
    other.insert((0..20).map(|i| task(&format!("t{i}")))).await;
    assert_eq!(names(&other.claim(&one, 16).await), ["t0", "t1", "t2"], "of a batch, too");
}

/// A step that finishes the lease of a full lane can claim the place that this frees.
pub async fn place_is_free_in_the_same_step(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    stage.set_lane("work", at_most(1)).await;
    let first = stage.claim_one(&who).await;
    let request = who.step(&RandomIds).with_claim(who.wants(3, &RandomIds));
    let reply = stage.step(request.clone().with_finish(first.token, DONE)).await;
    assert_eq!(names(&reply.leases), ["b"], "one place, one task");
    let again = stage.step(request).await;
    assert_eq!(again.leases.first().map(|l| &l.token), reply.leases.first().map(|l| &l.token));
    assert!(stage.claim(&who, 1).await.is_empty());
    stage.audit().await;
}

/// Every end of a lease frees its place: each outcome that ends it, and a cancellation.
pub async fn every_end_frees_the_place(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.set_lane("work", at_most(1)).await;
    for (i, outcome) in outcomes().into_iter().enumerate() {
        let lease = stage.hold(&who, task(&format!("t{i}"))).await;
        stage.insert([task(&format!("next{i}")).with_priority(Priority::raw(9))]).await;
        assert!(stage.claim(&who, 1).await.is_empty(), "the lane is full");
        let pauses = matches!(outcome, Outcome::Pause { .. });
        stage.end(&who, &lease, outcome).await;
        if pauses {
            assert!(stage.claim(&who, 1).await.is_empty(), "its holder holds it still");
            stage.change(&format!("t{i}"), Action::Cancel { reason: None }).await;
        }
        let next = stage.claim_one(&who).await;
        assert_eq!(*next.task.id(), id(&format!("next{i}")));
        stage.end(&who, &next, DONE).await;
        let left = stage.get(&format!("t{i}")).await;
        if !left.state.is_terminal() {
            stage.change(left.id().as_str(), Action::Cancel { reason: None }).await;
        }
    }
    stage.audit().await;
}

/// A rescued lease frees its place: for another task, where the rescued one ends by it.
pub async fn rescue_frees_the_place(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let dead = stage.mortal("dead");
    stage.set_lane("work", at_most(1)).await;
    stage.hold(&dead, task("a").with_max_abandons(1)).await;
    stage.insert([task("b")]).await;
    assert!(stage.claim(&worker("w"), 1).await.is_empty());
    stage.outlive().await;
    assert_eq!(stage.state("a").await, TaskState::Failed);
    assert_eq!(names(&stage.claim(&worker("w"), 2).await), ["b"]);
    stage.audit().await;
}

/// A task that an operator paused holds no place; one that its holder paused does.
pub async fn only_leases_count(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    stage.change("a", Action::Pause { reason: None }).await;
    stage.set_lane("work", at_most(1)).await;
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.id().as_str(), "b");
    stage.end(&who, &lease, Outcome::Pause { reason: None }).await;
    let status = stage.lane("work").await.expect("listed");
    assert_eq!((status.ready, status.held, status.open), (1, 1, 3));
    assert!(stage.claim(&who, 1).await.is_empty());
    stage.change("b", Action::Resume).await;
    assert!(stage.claim(&who, 1).await.is_empty(), "it is at work again");
    stage.end(&who, &lease, DONE).await;
    stage.change("a", Action::Resume).await;
    assert_eq!(names(&stage.claim(&who, 2).await), ["a"]);
    stage.audit().await;
}

/// A limit below what is held takes nothing away; until fewer are held nothing is claimed.
/// A raised one lets more at once.
pub async fn lowered_and_raised(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert((0..9).map(|i| task(&format!("t{i}")))).await;
    let held = stage.claim(&who, 4).await;
    let status = stage.set_lane("work", at_most(2)).await;
    assert_eq!((status.rule, status.held, status.claimable()), (at_most(2), 4, 0));
    for (i, lease) in held.iter().enumerate() {
        assert!(stage.beat(&who, &[lease]).await.lost.is_empty());
        stage.end(&who, lease, DONE).await;
        let left = 3 - i;
        let got = stage.claim(&worker("other"), 1).await.len();
        assert_eq!(got, usize::from(left < 2), "with {left} of them held");
    }
    assert!(stage.claim(&who, 9).await.is_empty());
    assert_eq!(stage.set_lane("work", at_most(4)).await.claimable(), 2);
    assert_eq!(names(&stage.claim(&who, 9).await), ["t6", "t7"]);
    stage.set_lane("work", NONE).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["t8"]);
    stage.audit().await;
}

/// Over the other lanes a claim still gets the lowest scores, in their order.
pub async fn order_of_the_others_is_exact(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let level = |name: &str, kind: &str, level| of(name, kind).with_priority(Priority::raw(level));
    stage.insert([level("a1", "a", 3), level("b1", "b", 9), level("c1", "c", 4)]).await;
    stage.insert([level("a2", "a", 8), level("b2", "b", 7), level("c2", "c", 5)]).await;
    stage.insert([level("d1", "d", 6), level("d2", "d", 9)]).await;
    stage.set_lane("b", at_most(1)).await;
    stage.set_lane("d", PAUSED).await;
    let claimed = stage.claim(&who, 3).await;
    assert_eq!(names(&claimed), ["b1", "a2", "c2"]);
    let request = who.step(&RandomIds).with_claim(who.wants(9, &RandomIds));
    let reply = stage.step(request.with_finish(claimed[0].token.clone(), DONE)).await;
    assert_eq!(names(&reply.leases), ["b2", "c1", "a1"]);
    stage.audit().await;
}

/// A rule is about exactly one requirement: not about others of the same kind.
pub async fn only_this_requirement(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let gpu = Capability::new("gpu").expect("valid");
    let able = popkit_protocol::Profile::new(
        "able".try_into().expect("valid"),
        popkit_protocol::Kinds::Any,
        [gpu.clone()],
    );
    let able = crate::Claimant::new(&RandomIds, able);
    let mut lane = Requirement::new(kind("work"));
    lane.capabilities.insert(gpu.clone());
    stage.insert([task("a").with_requires([gpu]), task("b")]).await;
    let status = stage.tasks.set_lane(lane.clone(), PAUSED).await.expect("set");
    assert_eq!((&status.requirement, status.ready), (&lane, 1));
    assert_eq!(names(&stage.claim(&able, 2).await), ["b"]);
    stage.tasks.set_lane(lane, NONE).await.expect("set");
    stage.set_lane("work", PAUSED).await;
    assert_eq!(names(&stage.claim(&able, 2).await), ["a"]);
    stage.audit().await;
}

/// A lane has its rule before it has tasks, keeps it when they have all ended, and is no
/// longer listed when it has neither.
pub async fn rule_comes_first_and_stays(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    assert!(stage.lanes().await.is_empty());
    let status = stage.set_lane("work", at_most(1)).await;
    let lane = Requirement::new(kind("work"));
    assert_eq!(status, LaneStatus::new(lane, at_most(1)));
    assert_eq!(stage.lanes().await, std::slice::from_ref(&status));
    stage.insert(["a", "b"].map(task)).await;
    for _ in 0..2 {
        let mut claimed = stage.claim(&who, 2).await;
        assert_eq!(claimed.len(), 1);
        stage.end(&who, &claimed.remove(0), DONE).await;
    }
    assert_eq!(stage.lanes().await, [status]);
    stage.set_lane("work", NONE).await;
    assert!(stage.lanes().await.is_empty());
    assert_eq!(stage.set_lane("nowhere", NONE).await.open, 0);
    assert!(stage.lanes().await.is_empty(), "no rule is nothing to list");
}

/// The last writer wins, whichever handle it used; a repeat changes nothing.
pub async fn last_writer_wins(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let handles = stage.handles(2).await;
    let who = worker("w");
    stage.insert((0..3).map(|i| task(&format!("t{i}")))).await;
    for rule in [PAUSED, at_most(1), at_most(2).paused(true), at_most(1), at_most(1)] {
        let status = handles[0].set_lane("work", rule).await;
        assert_eq!((status.rule, status.ready), (rule, 3));
        assert_eq!(handles[1].lanes().await, [status]);
    }
    assert_eq!(handles[1].claim(&who, 3).await.len(), 1);
    handles[1].set_lane("work", at_most(2)).await;
    assert_eq!(handles[0].claim(&who, 3).await.len(), 1);
    assert!(handles[1].claim(&who, 3).await.is_empty());
    stage.audit().await;
}

/// Lanes are listed in the order of their requirements, with their numbers.
pub async fn lanes_are_listed(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([of("c", "three"), of("a", "one"), of("b", "one")]).await;
    stage.insert([of("d", "one").with_needs([id("a")])]).await;
    stage.set_lane("two", PAUSED).await;
    stage.claim(&who, 2).await;
    let listed: Vec<_> = stage
        .lanes()
        .await
        .into_iter()
        .map(|l| (l.requirement.canonical(), l.rule, l.ready, l.held, l.open))
        .collect();
    let expected = [
        ("kind=one".to_owned(), NONE, 1, 1, 3),
        ("kind=three".to_owned(), NONE, 0, 1, 1),
        ("kind=two".to_owned(), PAUSED, 0, 0, 0),
    ];
    assert_eq!(listed, expected);
    stage.audit().await;
}

/// A step that is repeated answers as before, though its lane was paused since.
pub async fn repeat_is_no_claim(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    let request = who.step(&RandomIds).with_claim(who.wants(1, &RandomIds));
    let first = stage.step(request.clone()).await;
    stage.set_lane("work", at_most(1).paused(true)).await;
    assert_eq!(names(&stage.step(request).await.leases), names(&first.leases));
    stage.audit().await;
}

/// Rules last as long as tasks do.
pub async fn rules_outlive_the_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if stage.tasks.capabilities().durability == Durability::Volatile {
        return;
    }
    let who = worker("w");
    stage.insert([of("a", "one"), of("b", "two"), of("c", "two")]).await;
    stage.set_lane("one", PAUSED).await;
    stage.set_lane("two", LaneRule::default().limit(NonZeroU32::new(1))).await;
    stage.set_lane("three", at_most(7)).await;
    let held = stage.claim(&who, 3).await;
    let listed = stage.lanes().await;
    stage.tasks.close().await.expect("closed");
    let again = stage.reopen().await;
    assert_eq!(again.lanes().await, listed);
    assert_eq!(names(&held), ["b"]);
    assert!(again.claim(&who, 3).await.is_empty());
    again.end(&who, &held[0], DONE).await;
    assert_eq!(names(&again.claim(&who, 3).await), ["c"]);
    again.audit().await;
}
