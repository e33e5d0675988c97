//! Edge policies: what becomes of a task when its parent ends.

use popkit_protocol::{EdgePolicy, Need, NewTask, Outcome, Pending, TaskState};

use crate::Action;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, task, worker};

const POLICIES: [EdgePolicy; 4] =
    [EdgePolicy::Block, EdgePolicy::Cancel, EdgePolicy::Run, EdgePolicy::Ignore];
const ENDS: [TaskState; 3] = [TaskState::Done, TaskState::Failed, TaskState::Cancelled];

/// What the contract says of an edge: the state of the child, and what it waits for.
fn expected(policy: EdgePolicy, end: TaskState) -> (TaskState, Option<Pending>) {
    let ready = (TaskState::Pending, Some(Pending::Ready));
    let cancelled = (TaskState::Cancelled, None);
    match (policy, end == TaskState::Done) {
        (EdgePolicy::Run, true) | (EdgePolicy::Cancel, false) => cancelled,
        (EdgePolicy::Block, false) => (TaskState::Pending, Some(Pending::Blocked)),
        _ => ready,
    }
}

fn child(name: &str, parent: &str, policy: EdgePolicy) -> NewTask {
    task(name).with_needs([Need::new(id(parent), policy)])
}

/// Brings an existing task that is alone in its store's lanes to its end.
async fn end(stage: &Stage<'_>, parent: &str, end: TaskState) {
    let who = worker("ender");
    if end == TaskState::Cancelled {
        stage.change(parent, Action::Cancel { reason: None }).await;
        return;
    }
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.id().as_str(), parent);
    let outcome = match end {
        TaskState::Done => Outcome::Done { result: None },
        _ => Outcome::fail("no"),
    };
    assert_eq!(stage.end(&who, &lease, outcome).await, end);
}

/// Every policy, every end of the parent: the child stands where the policy says.
pub async fn followed_when_the_parent_ends(h: &dyn Harness) {
    for policy in POLICIES {
        for how in ENDS {
            let stage = Stage::new(h).await;
            stage.insert([task("parent"), child("child", "parent", policy)]).await;
            let before = stage.get("child").await;
            assert_eq!(before.pending(), Some(Pending::Blocked), "{policy:?}");
            end(&stage, "parent", how).await;
            let after = stage.get("child").await;
            let found = (after.state, after.pending());
            assert_eq!(found, expected(policy, how), "{policy:?} after {how}");
            stage.audit().await;
        }
    }
}

/// The same when the parent had ended before the child came.
pub async fn followed_when_inserted_later(h: &dyn Harness) {
    for policy in POLICIES {
        for how in ENDS {
            let stage = Stage::new(h).await;
            stage.insert([task("parent")]).await;
            end(&stage, "parent", how).await;
            let answers = stage.insert([child("child", "parent", policy)]).await;
            assert!(answers.iter().all(crate::Inserted::is_created));
            let after = stage.get("child").await;
            let found = (after.state, after.pending());
            assert_eq!(found, expected(policy, how), "{policy:?} under {how}");
            stage.audit().await;
        }
    }
}

/// A child that is cancelled as it comes passes that on to the tasks of its own batch.
pub async fn chain_under_an_ended_parent(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("parent")]).await;
    end(&stage, "parent", TaskState::Failed).await;
    let batch = [
        child("a", "parent", EdgePolicy::Cancel),
        child("b", "a", EdgePolicy::Cancel),
        child("c", "b", EdgePolicy::Run),
        child("d", "b", EdgePolicy::Block),
    ];
    stage.insert(batch).await;
    assert_eq!(stage.state("a").await, TaskState::Cancelled);
    assert_eq!(stage.state("b").await, TaskState::Cancelled);
    assert_eq!(stage.get("c").await.pending(), Some(Pending::Ready));
    assert_eq!(stage.get("d").await.pending(), Some(Pending::Blocked));
    assert_eq!(stage.story("b").await, ["inserted", "cancelled"]);
    stage.audit().await;
}

/// A child with several reasons to be cancelled as it comes is cancelled once.
pub async fn several_ended_parents(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for parent in ["p1", "p2"] {
        stage.insert([task(parent)]).await;
        end(&stage, parent, TaskState::Failed).await;
    }
    let both = |name: &str, first: &str, second: &str| {
        let edge = |parent: &str| Need::new(id(parent), EdgePolicy::Cancel);
        task(name).with_needs([edge(first), edge(second)])
    };
    let ignoring = task("d").with_needs([
        Need::new(id("a"), EdgePolicy::Ignore),
        Need::new(id("p2"), EdgePolicy::Cancel),
    ]);
    let batch = [both("a", "p1", "p2"), both("b", "a", "p2"), both("c", "b", "a"), ignoring];
    stage.insert(batch).await;
    for name in ["a", "b", "c", "d"] {
        assert_eq!(stage.state(name).await, TaskState::Cancelled, "{name}");
        let story = stage.story(name).await;
        let times = story.iter().filter(|event| **event == "cancelled").count();
        assert_eq!(times, 1, "{name} ends once: {story:?}");
    }
    stage.audit().await;
}
