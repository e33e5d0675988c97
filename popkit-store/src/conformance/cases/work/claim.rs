//! What a claim gets.

use std::time::Duration;

use popkit_protocol::{Capability, Kinds, NewTask, Priority, Profile, RandomIds, TaskState};

use crate::Claimant;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, kind, names, task, worker};

fn kinded(name: &str, of: &str) -> NewTask {
    NewTask::new(id(name), kind(of))
}

fn able(capabilities: &[&str]) -> Vec<Capability> {
    capabilities.iter().map(|name| Capability::new(name).expect("valid")).collect()
}

fn offering(agent: &str, kinds: Kinds, capabilities: &[&str]) -> Claimant {
    let agent = agent.try_into().expect("a valid id");
    Claimant::new(&RandomIds, Profile::new(agent, kinds, able(capabilities)))
}

fn only(kinds: &[&str]) -> Kinds {
    Kinds::Only(kinds.iter().map(|of| kind(of)).collect())
}

/// A claim gets the lowest score over all lanes that its profile may serve: the highest
/// priority, whatever its kind.
pub async fn priority_goes_over_lanes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let levels =
        [("low", "a", 1), ("top", "b", 255), ("mid", "c", 5), ("zero", "b", 0), ("high", "a", 9)];
    let batch =
        levels.map(|(name, of, level)| kinded(name, of).with_priority(Priority::raw(level)));
    stage.insert(batch).await;
    let leases = stage.claim(&worker("w"), 9).await;
    assert_eq!(names(&leases), ["top", "high", "mid", "low", "zero"]);
    stage.audit().await;
}

/// Within one priority the order is that of insertion, also over lanes and batches.
pub async fn fifo_within_a_priority(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([kinded("e", "x"), kinded("d", "y"), kinded("c", "x")]).await;
    stage.insert([kinded("b", "z"), kinded("a", "y")]).await;
    let who = worker("w");
    for expected in ["e", "d", "c", "b", "a"] {
        assert_eq!(stage.claim_one(&who).await.task.id().as_str(), expected);
    }
    assert!(stage.claim(&who, 1).await.is_empty());
    stage.audit().await;
}

/// An agent gets the kinds it takes, and `Any` takes every kind.
pub async fn kind_must_match(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([kinded("a", "build"), kinded("b", "test"), kinded("c", "deploy")]).await;
    let some = offering("some", only(&["test", "deploy", "unknown"]), &[]);
    let none = offering("none", only(&[]), &[]);
    assert!(stage.claim(&none, 9).await.is_empty());
    assert_eq!(names(&stage.claim(&some, 9).await), ["b", "c"]);
    assert_eq!(names(&stage.claim(&worker("any"), 9).await), ["a"]);
    stage.audit().await;
}

/// An agent must have every capability that a task requires; more do no harm.
pub async fn every_capability_is_needed(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [("none", &[][..]), ("gpu", &["gpu"]), ("both", &["gpu", "rust"])]
        .map(|(name, needs)| task(name).with_requires(able(needs)));
    stage.insert(batch).await;
    let rust = offering("r", Kinds::Any, &["rust"]);
    assert_eq!(names(&stage.claim(&rust, 9).await), ["none"]);
    let gpu = offering("g", Kinds::Any, &["gpu", "fast"]);
    assert_eq!(names(&stage.claim(&gpu, 9).await), ["gpu"]);
    let both = offering("b", Kinds::Any, &["zig", "rust", "gpu"]);
    assert_eq!(names(&stage.claim(&both, 9).await), ["both"]);
    stage.audit().await;
}

/// A task for one agent goes to an agent of that name alone.
pub async fn agent_must_match(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("mine").with_agent("ann".try_into().expect("valid")), task("any")]).await;
    assert_eq!(names(&stage.claim(&worker("bob"), 9).await), ["any"]);
    assert!(stage.claim(&worker("ann2"), 9).await.is_empty());
    assert_eq!(names(&stage.claim(&worker("ann"), 9).await), ["mine"]);
    stage.audit().await;
}

/// A claim gets up to as many tasks as it carries ids, each under its own id.
pub async fn takes_up_to_max(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert(["a", "b", "c", "d", "e"].map(task)).await;
    let who = worker("w");
    let wants = who.wants(3, &RandomIds);
    let ids = wants.ids.clone();
    let leases = stage.step(who.step(&RandomIds).with_claim(wants)).await.leases;
    assert_eq!(names(&leases), ["a", "b", "c"]);
    let given: Vec<_> = leases.iter().map(|lease| lease.token.claim).collect();
    assert_eq!(given, ids, "the ids the caller drew, in order");
    assert!(stage.claim(&who, 0).await.is_empty(), "nothing wanted, nothing got");
    assert_eq!(names(&stage.claim(&who, 9).await), ["d", "e"]);
    stage.audit().await;
}

/// Nothing to do is an empty answer, no error, and changes nothing.
pub async fn nothing_is_an_empty_answer(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let reply = {
        let who = worker("w");
        stage.step(who.step(&RandomIds).with_claim(who.wants(4, &RandomIds))).await
    };
    assert!(reply.leases.is_empty() && reply.finished.is_empty());
    assert_eq!(reply.next_due, None, "nothing is due, ever");
    assert!(stage.all_events().await.is_empty());
}

/// Tasks that an agent cannot serve do not stand in its way, however many and urgent.
pub async fn others_ahead_do_not_matter(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let ahead = (0..400).map(|i| {
        kinded(&format!("x{i}"), &format!("other-{}", i % 5)).with_priority(Priority::raw(200))
    });
    stage.insert(ahead).await;
    stage.insert([kinded("mine", "mine").with_priority(Priority::raw(0))]).await;
    let who = offering("w", only(&["mine"]), &[]);
    assert_eq!(names(&stage.claim(&who, 9).await), ["mine"]);
    assert!(stage.claim(&who, 9).await.is_empty());
    assert_eq!(stage.counts().await.ready, 400);
    stage.audit().await;
}

/// A lease carries the task as it was claimed: assigned, first attempt, held by who asked.
pub async fn lease_carries_the_task(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("ann").with_lease(Duration::from_secs(90));
    let lease = stage.hold(&who, task("a").with_title("shown")).await;
    assert_eq!(lease.task.spec.title, "shown");
    assert_eq!((lease.task.state, lease.task.attempt), (TaskState::Assigned, 1));
    let hold = lease.task.hold.as_ref().expect("it is held");
    assert_eq!((hold.holder, hold.agent.as_str()), (who.holder, "ann"));
    assert!(hold.is(&lease.token), "under the pair of the token");
    assert_eq!(hold.length, who.lease);
    assert!(lease.remaining <= who.lease && lease.remaining > Duration::ZERO);
    assert_eq!(stage.get("a").await, lease.task, "the record says the same");
    assert!(lease.task.started_at.is_some() && lease.task.started_at == lease.task.assigned_at);
    stage.audit().await;
}

/// Between a claim and its end no other claim of the task succeeds.
pub async fn claimed_task_is_gone(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (one, other) = (worker("one"), worker("other"));
    let lease = stage.hold(&one, task("a")).await;
    assert!(stage.claim(&other, 1).await.is_empty());
    assert!(stage.claim(&one, 1).await.is_empty(), "not even by its holder");
    stage.end(&one, &lease, popkit_protocol::Outcome::Done { result: None }).await;
    assert!(stage.claim(&other, 1).await.is_empty(), "done is done");
    stage.audit().await;
}
