//! `prune`: ended tasks go, with their events.

use std::time::Duration;

use popkit_protocol::{NewTask, Outcome, TaskState};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, kind, names, task, worker};
use crate::{Action, Inserted, PruneQuery};

const DONE: Outcome = Outcome::Done { result: None };
const MOMENT: Duration = Duration::from_millis(20);

async fn prune(stage: &Stage<'_>, query: PruneQuery) -> u64 {
    let gone = stage.tasks.prune(query).await.expect("pruned");
    stage.audit().await;
    gone
}

async fn left(stage: &Stage<'_>) -> Vec<String> {
    stage.all_tasks().await.iter().map(|task| task.id().to_string()).collect()
}

/// A point in time after everything that happened.
async fn later(stage: &Stage<'_>) -> popkit_protocol::Timestamp {
    stage.pass(MOMENT).await;
    stage.now()
}

async fn ended(stage: &Stage<'_>, new: NewTask, outcome: Outcome) {
    let who = worker("ender");
    let lease = stage.hold(&who, new).await;
    stage.end(&who, &lease, outcome).await;
}

/// What ended before a point in time goes; what ended later, or not at all, stays.
pub async fn by_age(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    ended(&stage, task("old"), DONE).await;
    let between = later(&stage).await;
    stage.pass(MOMENT).await;
    ended(&stage, task("young"), DONE).await;
    stage.insert([task("open")]).await;
    assert_eq!(prune(&stage, PruneQuery::before(between)).await, 1);
    assert_eq!(left(&stage).await, ["young", "open"]);
    assert!(stage.events("old").await.is_empty(), "its events are gone too");
    assert!(stage.find("old").await.is_none());
    stage.insert([task("child").with_needs([id("young")])]).await;
    let orphan = stage.try_insert([task("orphan").with_needs([id("old")])]).await;
    assert_eq!(orphan.expect_err("no such parent").kind(), crate::ErrorKind::InvalidInput);
}

/// States and kind narrow what goes.
pub async fn by_state_and_kind(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    ended(&stage, task("done"), DONE).await;
    ended(&stage, task("failed"), Outcome::fail("x")).await;
    ended(&stage, task("cancelled"), Outcome::Cancel { reason: None }).await;
    ended(&stage, NewTask::new(id("other"), kind("other")), DONE).await;
    let all = PruneQuery::before(later(&stage).await);
    let some = all.clone().in_states([TaskState::Done, TaskState::Cancelled]);
    assert_eq!(prune(&stage, some.of_kind(kind("work"))).await, 2);
    assert_eq!(left(&stage).await, ["failed", "other"]);
    assert_eq!(prune(&stage, all.clone().of_kind(kind("other"))).await, 1);
    assert_eq!(prune(&stage, all).await, 1);
    assert!(left(&stage).await.is_empty());
}

/// One call removes at most as many as it is told.
pub async fn at_most_the_limit(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for i in 0..7 {
        ended(&stage, task(&format!("t{i}")), DONE).await;
    }
    let query = PruneQuery::before(later(&stage).await).limit(3);
    for expected in [3, 3, 1, 0] {
        assert_eq!(prune(&stage, query.clone()).await, expected);
    }
    assert!(left(&stage).await.is_empty());
}

/// An ended task that an open task still waits for stays, and releases it later.
pub async fn waiting_dependants_keep_it(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    ended(&stage, task("parent"), Outcome::fail("x")).await;
    stage.insert([task("child").with_needs([id("parent")])]).await;
    let query = PruneQuery::before(later(&stage).await);
    assert_eq!(prune(&stage, query.clone()).await, 0, "the child waits for it");
    stage.change("parent", Action::Requeue).await;
    let who = worker("w");
    let lease = stage.claim_one(&who).await;
    stage.end(&who, &lease, DONE).await;
    let child = stage.claim_one(&who).await;
    assert_eq!(child.task.id().as_str(), "child");
    stage.end(&who, &child, DONE).await;
    let query = PruneQuery::before(later(&stage).await);
    assert_eq!(prune(&stage, query).await, 2, "nobody waits any more");
    assert!(left(&stage).await.is_empty());
}

/// The same prune again finds nothing.
pub async fn second_time_is_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for i in 0..3 {
        ended(&stage, task(&format!("t{i}")), DONE).await;
    }
    let query = PruneQuery::before(later(&stage).await);
    assert_eq!(prune(&stage, query.clone()).await, 3);
    assert_eq!(prune(&stage, query).await, 0);
}

/// Cursors go on where they were: whoever resumes from an old one misses nothing.
pub async fn cursors_are_never_reused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for i in 0..3 {
        ended(&stage, task(&format!("t{i}")), DONE).await;
    }
    let last = stage.all_events().await.pop().expect("events").cursor;
    prune(&stage, PruneQuery::before(later(&stage).await)).await;
    assert!(stage.all_events().await.is_empty());
    stage.insert([task("new")]).await;
    let events = stage.all_events().await;
    assert_eq!(events.len(), 1);
    assert!(events[0].cursor > last, "{} after {last}", events[0].cursor);
    let order = stage.get("new").await.score;
    stage.insert([task("newer")]).await;
    assert!(stage.get("newer").await.score > order);
}

/// The id of a pruned task is free; the new task is another one, and its old lease lost.
pub async fn id_is_free_again(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let old = stage.hold(&who, task("a")).await;
    stage.end(&who, &old, DONE).await;
    prune(&stage, PruneQuery::before(later(&stage).await)).await;
    assert_eq!(stage.insert([task("a")]).await, [Inserted::Created(id("a"))]);
    let lost = stage.finish(&who, &old, DONE).await;
    assert!(matches!(lost, crate::Finished::Lost(_)), "answered {lost:?}");
    assert_eq!(names(&stage.claim(&who, 9).await), ["a"]);
    stage.audit().await;
}
