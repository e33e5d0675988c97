//! Tasks that wait for tasks.

use std::collections::BTreeSet;

use popkit_protocol::{EdgePolicy, Need, NewTask, Outcome, Pending, TaskState};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, names, task, worker};
use crate::{Action, Claimant};

const DONE: Outcome = Outcome::Done { result: None };

fn needing(name: &str, parents: &[&str]) -> NewTask {
    task(name).with_needs(parents.iter().map(|parent| id(parent)))
}

/// Claims and finishes whatever is ready until nothing is, in claims of `width`; answers
/// with the names in the order of claims.
async fn drain(stage: &Stage<'_>, who: &Claimant, width: usize) -> Vec<String> {
    let mut order = Vec::new();
    loop {
        let leases = stage.claim(who, width).await;
        if leases.is_empty() {
            return order;
        }
        for lease in &leases {
            order.push(lease.task.id().to_string());
            stage.end(who, lease, DONE).await;
        }
    }
}

/// A task becomes ready when its last parent is done, not before.
pub async fn waits_for_every_parent(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("p1"), task("p2")]).await;
    stage.insert([task("p3"), needing("child", &["p1", "p2", "p3"])]).await;
    assert_eq!(stage.get("child").await.pending(), Some(Pending::Blocked));
    for (parent, left) in [("p1", 2), ("p2", 1)] {
        let lease = stage.claim_one(&who).await;
        assert_eq!(lease.task.id().as_str(), parent);
        stage.end(&who, &lease, DONE).await;
        let child = stage.get("child").await;
        assert_eq!((child.open_parents, child.pending()), (left, Some(Pending::Blocked)));
        assert_eq!(stage.counts().await.blocked, 1);
    }
    let leases = stage.claim(&who, 9).await;
    assert_eq!(names(&leases), ["p3"], "the child is not claimed before its last parent");
    stage.end(&who, &leases[0], DONE).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["child"]);
    stage.audit().await;
}

/// The dependants of one task beyond those that one step releases follow in later steps,
/// all of them, each once.
pub async fn fan_out_continues_in_later_steps(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let parent = stage.hold(&who, task("parent")).await;
    let children = (0..700).map(|i| needing(&format!("c{i}"), &["parent"]));
    stage.insert(children).await;
    assert_eq!(stage.counts().await.blocked, 700);
    stage.end(&who, &parent, DONE).await;
    stage.audit().await;
    let mut claimed = BTreeSet::new();
    for _ in 0..20 {
        for lease in stage.claim(&who, 256).await {
            assert!(claimed.insert(lease.task.id().clone()), "claimed twice: {}", lease.task.id());
        }
    }
    assert_eq!(claimed.len(), 700, "every dependant was released");
    stage.audit().await;
}

/// A task may need as many parents as the limit allows.
pub async fn fan_in_of_256(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let parents: Vec<String> = (0..256).map(|i| format!("p{i}")).collect();
    stage.insert(parents.iter().map(|name| task(name))).await;
    stage.insert([task("child").with_needs(parents.iter().map(|name| id(name)))]).await;
    let leases = stage.claim(&who, 256).await;
    assert_eq!(leases.len(), 256);
    let (last, rest) = leases.split_last().expect("leases");
    for lease in rest {
        stage.end(&who, lease, DONE).await;
    }
    assert_eq!(stage.get("child").await.open_parents, 1);
    assert!(stage.claim(&who, 1).await.is_empty(), "one parent is open");
    stage.end(&who, last, DONE).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["child"]);
    stage.audit().await;
}

/// Diamonds in a row run level by level.
pub async fn diamond_of_depth_10(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mut batch = vec![task("j0")];
    for level in 1..=10 {
        let (before, join) = (format!("j{}", level - 1), format!("j{level}"));
        let (left, right) = (format!("l{level}"), format!("r{level}"));
        batch.push(needing(&join, &[&left, &right]));
        batch.push(needing(&left, &[&before]));
        batch.push(needing(&right, &[&before]));
    }
    stage.insert(batch).await;
    let order = drain(&stage, &worker("w"), 4).await;
    assert_eq!(order.len(), 31, "everything ran");
    let place = |name: String| order.iter().position(|ran| *ran == name).expect("it ran");
    for level in 1..=10 {
        for side in [format!("l{level}"), format!("r{level}")] {
            assert!(place(format!("j{}", level - 1)) < place(side.clone()));
            assert!(place(side) < place(format!("j{level}")));
        }
    }
    stage.audit().await;
}

/// Edges with `Cancel` pass a cancellation on, however long the chain and wide the tree.
pub async fn cascade_of_cancels(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let cancelling = |name: &str, parent: &str| {
        task(name).with_needs([Need::new(id(parent), EdgePolicy::Cancel)])
    };
    let mut batch = vec![task("t0")];
    batch.extend((1..40).map(|i| cancelling(&format!("t{i}"), &format!("t{}", i - 1))));
    batch.extend((0..300).map(|i| cancelling(&format!("w{i}"), "t20")));
    batch.push(task("report").with_needs([Need::new(id("t39"), EdgePolicy::Run)]));
    stage.insert(batch).await;
    stage.change("t0", Action::Cancel { reason: None }).await;
    for _ in 0..10 {
        stage.idle().await;
    }
    let counts = stage.counts().await;
    assert_eq!((counts.cancelled, counts.blocked, counts.ready), (340, 0, 1));
    assert_eq!(names(&stage.claim(&worker("w"), 9).await), ["report"]);
    stage.audit().await;
}

/// A `Block` edge outlives the failure of its parent: when that is requeued and done, the
/// dependant is released.
pub async fn requeued_parent_releases(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("parent")).await;
    stage.insert([needing("child", &["parent"])]).await;
    stage.end(&who, &lease, Outcome::fail("no")).await;
    stage.insert([needing("late", &["parent"])]).await;
    assert!(stage.claim(&who, 9).await.is_empty(), "both are blocked, visibly");
    assert_eq!(stage.counts().await.blocked, 2);
    stage.change("parent", Action::Requeue).await;
    let order = drain(&stage, &who, 9).await;
    assert_eq!(order, ["parent", "child", "late"]);
    stage.audit().await;
}

/// A parent in review is not done: its dependants wait for the verdict.
pub async fn review_holds_back(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("parent").with_review()).await;
    stage.insert([needing("child", &["parent"])]).await;
    assert_eq!(stage.end(&who, &lease, DONE).await, TaskState::Review);
    assert!(stage.claim(&who, 9).await.is_empty());
    stage.change("parent", Action::Approve).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["child"]);
    stage.audit().await;
}

/// A dependant in the backlog stays there when its parents are done.
pub async fn backlog_child_stays(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("parent"), needing("child", &["parent"]).in_backlog()]).await;
    assert_eq!(drain(&stage, &who, 9).await, ["parent"]);
    let child = stage.get("child").await;
    assert_eq!((child.state, child.open_parents), (TaskState::Backlog, 0));
    stage.change("child", Action::Enqueue).await;
    assert_eq!(drain(&stage, &who, 9).await, ["child"]);
    stage.audit().await;
}

/// A dependant that also waits for a point in time waits for both, in either order.
pub async fn due_child_waits_for_both(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (who, span) = (worker("w"), stage.span());
    let due = |name: &str, parent: &str| {
        needing(name, &[parent]).with_not_before(stage.now().after(span))
    };
    let batch = [task("early"), task("late"), due("a", "early"), due("b", "late")];
    stage.insert(batch).await;
    let leases = stage.claim(&who, 9).await;
    assert_eq!(names(&leases), ["early", "late"]);
    stage.end(&who, &leases[0], DONE).await;
    assert_eq!(stage.get("a").await.pending(), Some(Pending::Due));
    assert!(stage.claim(&who, 9).await.is_empty());
    stage.pass(span).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["a"], "b still waits for its parent");
    stage.end(&who, &leases[1], DONE).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["b"]);
    stage.audit().await;
}

/// What ended is not touched by its parents any more.
pub async fn cancelled_child_stays_cancelled(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("parent"), needing("child", &["parent"])]).await;
    stage.change("child", Action::Cancel { reason: None }).await;
    let before = stage.get("child").await;
    assert_eq!(drain(&stage, &who, 9).await, ["parent"]);
    assert_eq!(stage.get("child").await, before);
    stage.audit().await;
}
