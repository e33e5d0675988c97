//! Looking at tasks, and counting them.

use std::collections::BTreeSet;

use popkit_protocol::{Capability, NewTask, Outcome, TaskState};

use crate::conformance::harness::Harness;
use crate::conformance::model::scramble;
use crate::conformance::stage::{Stage, id, kind, task, worker};
use crate::{Action, CountQuery, PageRequest, TaskQuery};

async fn found(stage: &Stage<'_>, query: TaskQuery) -> Vec<String> {
    let page = stage.tasks.query(query).await.expect("the tasks can be read");
    page.items.iter().map(|task| task.id().to_string()).collect()
}

fn kinded(name: &str, of: &str) -> NewTask {
    NewTask::new(id(name), kind(of))
}

/// Every field of a query narrows; an empty one is all tasks.
pub async fn filters_narrow(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let batch = [
        kinded("a", "build").with_tags(["x", "y"]),
        kinded("b", "test").with_tags(["x"]),
        kinded("c", "build").with_tags(["xy"]),
        kinded("d", "test").with_tags(["x"]).in_backlog(),
    ];
    stage.insert(batch).await;
    assert_eq!(stage.claim(&worker("ann"), 1).await.len(), 1);
    stage.change("b", Action::Cancel { reason: None }).await;
    let states = |states: &[TaskState]| TaskQuery::all().in_states(states.iter().copied());
    assert_eq!(found(&stage, TaskQuery::all()).await, ["a", "b", "c", "d"]);
    assert_eq!(found(&stage, states(&[TaskState::Assigned])).await, ["a"]);
    let two = [TaskState::Cancelled, TaskState::Backlog];
    assert_eq!(found(&stage, states(&two)).await, ["b", "d"]);
    assert_eq!(found(&stage, TaskQuery::all().of_kind(kind("build"))).await, ["a", "c"]);
    assert_eq!(found(&stage, TaskQuery::all().tagged("x")).await, ["a", "b", "d"]);
    let ann = TaskQuery::all().held_by("ann".try_into().expect("valid"));
    assert_eq!(found(&stage, ann.clone()).await, ["a"]);
    assert_eq!(found(&stage, ann.in_states([TaskState::Pending])).await, [""; 0]);
    let both = TaskQuery::all().tagged("x").of_kind(kind("test")).in_states(two);
    assert_eq!(found(&stage, both).await, ["b", "d"]);
    assert!(found(&stage, TaskQuery::all().tagged("nowhere")).await.is_empty());
}

/// Pages put together are the whole answer, each task once, also when tasks are inserted and
/// changed between them; filters do not break pages.
pub async fn pages_are_complete_and_stable(h: &dyn Harness) {
    for only in [None, Some(kind("even"))] {
        let stage = Stage::new(h).await;
        let of = |i: usize| kinded(&format!("t{i}"), ["even", "odd"][i % 2]);
        stage.insert((0..40).map(of)).await;
        let mut query = TaskQuery::all().page(PageRequest::first(7));
        query.kind.clone_from(&only);
        let mut seen = Vec::new();
        loop {
            let page = stage.tasks.query(query.clone()).await.expect("a page");
            seen.extend(page.items.iter().map(|task| task.id().to_string()));
            let Some(next) = page.next else { break };
            assert_eq!(page.items.len(), 7, "only the last page is short");
            stage.insert([kinded(&format!("late{}", seen.len()), "odd")]).await;
            let priority = popkit_protocol::Priority::raw(9);
            let moved = format!("t{}", seen.len() * 3 % 40);
            stage.change(&moved, Action::Reprioritise { priority }).await;
            query.page = query.page.after(next);
        }
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "each task once");
        let step = if only.is_some() { 2 } else { 1 };
        assert!((0..40).step_by(step).all(|i| once.contains(&format!("t{i}"))), "{once:?}");
        let all = stage.tasks.query(TaskQuery::all().page(PageRequest::first(0))).await;
        assert_eq!(all.expect("a page").items.len(), 1, "a page has at least one");
    }
}

/// Tasks come in the order of insertion, whatever happens to them.
pub async fn in_order_of_insertion(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert(["d", "b", "c"].map(task)).await;
    stage.insert([task("a").with_priority(popkit_protocol::Priority::raw(9))]).await;
    let who = worker("w");
    let lease = stage.claim_one(&who).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    assert_eq!(found(&stage, TaskQuery::all()).await, ["d", "b", "c", "a"]);
}

/// Tasks by id come in the order asked for, with a hole where there is none.
pub async fn many_by_id(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert(["a", "b"].map(task)).await;
    let ids = ["b", "nowhere", "a", "b"].map(id);
    let tasks = stage.tasks.get_many(&ids).await.expect("read");
    let names: Vec<_> = tasks.iter().map(|t| t.as_ref().map(|t| t.id().as_str())).collect();
    assert_eq!(names, [Some("b"), None, Some("a"), Some("b")]);
    assert!(stage.tasks.get_many(&[]).await.expect("read").is_empty());
    let many: Vec<_> = (0..2000).map(|i| id(&format!("n{i}"))).chain([id("a")]).collect();
    let tasks = stage.tasks.get_many(&many).await.expect("read");
    assert_eq!((tasks.len(), tasks.iter().flatten().count()), (2001, 1));
}

/// The counts are those of a full query, after whatever happened.
pub async fn counts_are_those_of_the_tasks(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    scramble(&stage, 300).await;
    stage.audit().await;
}

/// Lanes are counted where asked for: what is ready in them, and what is open.
pub async fn counts_per_lane(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let gpu = [Capability::new("gpu").expect("valid")];
    let batch = [kinded("a", "x"), kinded("b", "x"), kinded("c", "y").with_requires(gpu)];
    stage.insert(batch).await;
    stage.claim_one(&worker("w")).await;
    let lanes = stage.counts().await.lanes;
    let mut shown: Vec<_> =
        lanes.iter().map(|l| (l.requirement.canonical(), l.ready, l.open)).collect();
    shown.sort();
    assert_eq!(shown, [("kind=x".to_owned(), 1, 2), ("kind=y;all=gpu".to_owned(), 1, 1)]);
    let plain = stage.tasks.counts(CountQuery::default()).await.expect("counted");
    assert!(plain.lanes.is_empty(), "not asked for");
    assert_eq!((plain.total(), plain.open(), plain.ready), (3, 3, 2));
}
