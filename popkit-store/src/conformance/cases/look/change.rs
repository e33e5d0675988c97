//! `change`: what an operator does, without a lease.

use std::time::Duration;

use popkit_protocol::{
    Actor, Change, Outcome, Priority, Progress, RetryPolicy, Task, TaskState, Trigger,
    task::transition,
};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, names, task, worker};
use crate::{Action, Beat, ChangeRequest, ErrorKind, Heartbeat};

const DONE: Outcome = Outcome::Done { result: None };

fn actions() -> [Action; 8] {
    [
        Action::Enqueue,
        Action::Cancel { reason: Some("why".to_owned()) },
        Action::Requeue,
        Action::Pause { reason: Some("why".to_owned()) },
        Action::Resume,
        Action::Approve,
        Action::Reject { reason: Some("why".to_owned()) },
        Action::Reprioritise { priority: Priority::raw(9) },
    ]
}

/// The states of a task, paused both by its holder and by an operator.
const STANDS: [&str; 10] = [
    "backlog",
    "pending",
    "assigned",
    "active",
    "held",
    "paused",
    "review",
    "done",
    "failed",
    "cancelled",
];

/// Brings a new task to a stand.
async fn bring(stage: &Stage<'_>, name: &str, stand: &str) -> Task {
    let who = worker("w");
    match stand {
        "backlog" => drop(stage.insert([task(name).in_backlog()]).await),
        "pending" => drop(stage.insert([task(name)]).await),
        "paused" => {
            stage.insert([task(name)]).await;
            stage.change(name, Action::Pause { reason: None }).await;
        }
        "cancelled" => {
            stage.insert([task(name)]).await;
            stage.change(name, Action::Cancel { reason: None }).await;
        }
        _ => {
            let asks = if stand == "review" { task(name).with_review() } else { task(name) };
            let lease = stage.hold(&who, asks).await;
            if stand == "active" {
                let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(0.1, ""));
                let beat = Heartbeat::new(who.holder, who.lease).with(beat);
                stage.tasks.heartbeat(beat).await.expect("answered");
            }
            let outcome = match stand {
                "held" => Outcome::Pause { reason: None },
                "review" | "done" => DONE,
                "failed" => Outcome::fail("no"),
                _ => return stage.get(name).await,
            };
            stage.end(&who, &lease, outcome).await;
        }
    }
    stage.get(name).await
}

/// What the table of states says of an action: the next state, or `None` for a refusal.
fn expected(task: &Task, action: &Action) -> Option<TaskState> {
    let held = task.hold.is_some();
    let by = match action {
        Action::Enqueue => Trigger::Enqueue,
        Action::Cancel { .. } => Trigger::Cancel,
        Action::Requeue => Trigger::Requeue,
        Action::Pause { .. } if held => return None,
        Action::Pause { .. } => Trigger::Pause,
        Action::Resume if held => Trigger::Resume,
        Action::Resume => Trigger::Unpause,
        Action::Approve => Trigger::Approve,
        Action::Reject { .. } => Trigger::Reject,
        Action::Reprioritise { .. } => {
            return (!task.state.is_terminal()).then_some(task.state);
        }
    };
    transition(task.state, by).ok()
}

/// Every action in every state does what the one table of transitions says, or is refused
/// with `IllegalTransition` and changes nothing.
pub async fn every_action_in_every_state(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for (row, stand) in STANDS.iter().enumerate() {
        for (column, action) in actions().into_iter().enumerate() {
            let name = format!("t{row}-{column}");
            let before = bring(&stage, &name, stand).await;
            let answer = stage.try_change(&name, action.clone()).await;
            let after = stage.get(&name).await;
            match (expected(&before, &action), answer) {
                (Some(state), Ok(task)) => {
                    assert_eq!(task.state, state, "{action:?} of a task that was {stand}");
                    assert_eq!(after, task, "the answer is the record");
                    assert_eq!(after.revision, before.revision + 1);
                }
                (None, Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::IllegalTransition, "{action:?}, {stand}");
                    assert_eq!(after, before, "nothing changed");
                }
                (expected, answer) => {
                    panic!("{action:?} of a task that was {stand}: {expected:?}, not {answer:?}")
                }
            }
            if !after.state.is_terminal() {
                stage.change(&name, Action::Cancel { reason: None }).await;
            }
        }
    }
    stage.audit().await;
}

/// A change for another revision than the current one is a conflict and changes nothing.
pub async fn revision_conflict(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("a")]).await;
    let before = stage.get("a").await;
    let cancel = || ChangeRequest::new(id("a"), Action::Cancel { reason: None }, "tester");
    for revision in [0, before.revision + 1] {
        let error = stage.tasks.change(cancel().at_revision(revision)).await;
        assert_eq!(error.expect_err("another revision").kind(), ErrorKind::Conflict);
    }
    assert_eq!(stage.get("a").await, before);
    let done = stage.tasks.change(cancel().at_revision(before.revision)).await.expect("changed");
    assert_eq!(done.revision, before.revision + 1);
    stage.audit().await;
}

/// A task that is not there is `NotFound`.
pub async fn not_found(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    for action in actions() {
        let error = stage.try_change("nowhere", action).await.expect_err("no such task");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    assert!(stage.all_events().await.is_empty());
}

/// The history names who decided, and why.
pub async fn history_names_the_actor(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("a"), task("b").with_needs([cancelling("a")])]).await;
    let reason = Some("too late".to_owned());
    let action = Action::Cancel { reason: reason.clone() };
    let request = ChangeRequest::new(id("a"), action, "ann@example");
    stage.tasks.change(request).await.expect("changed");
    let last = stage.events("a").await.pop().expect("events");
    let by = Actor::Operator("ann@example".to_owned());
    assert_eq!(last.change, Change::Cancelled { by, reason });
    let last = stage.events("b").await.pop().expect("events");
    let by = Actor::Parent(id("a"));
    assert_eq!(last.change, Change::Cancelled { by, reason: None });
    stage.audit().await;
}

fn cancelling(parent: &str) -> popkit_protocol::Need {
    popkit_protocol::Need::new(id(parent), popkit_protocol::EdgePolicy::Cancel)
}

/// A new priority is a new place in the lane, at once, behind its equals that came before.
pub async fn reprioritise_moves(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let mid = task("mid").with_priority(Priority::raw(7));
    stage.insert([task("a"), task("b"), mid, task("c")]).await;
    let to = |level| Action::Reprioritise { priority: Priority::raw(level) };
    let moved = stage.change("c", to(7)).await;
    assert_eq!((moved.priority, moved.spec.priority), (Priority::raw(7), Priority::NORMAL));
    stage.change("a", to(1)).await;
    let who = worker("w");
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.id().as_str(), "mid");
    stage.change("mid", to(0)).await;
    stage.end(&who, &lease, Outcome::Release).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["c", "b", "a", "mid"]);
    stage.audit().await;
}

/// The holder of a cancelled task learns of it at its next heartbeat; its lease is gone.
pub async fn cancel_reaches_the_holder(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.change("a", Action::Cancel { reason: None }).await;
    let reply = stage.beat(&who, &[&lease]).await;
    assert!(reply.renewed.is_empty());
    assert!(reply.lost.iter().all(|lost| lost.is_cancelled() && lost.task == id("a")));
    assert_eq!(reply.lost.len(), 1);
    assert!(stage.get("a").await.hold.is_none());
    stage.audit().await;
}

/// A dead letter that is requeued starts over: attempts and abandons are fresh.
pub async fn requeue_gives_fresh_attempts(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let policy = RetryPolicy::attempts(2);
    let lease = stage.hold(&who, task("a").with_retry(policy)).await;
    stage.end(&who, &lease, Outcome::fail("no")).await;
    let back = stage.change("a", Action::Requeue).await;
    assert_eq!((back.state, back.attempt, back.abandons), (TaskState::Pending, 0, 0));
    assert!(back.ended_at.is_none() && back.is_ready());
    let again = stage.claim_one(&who).await;
    assert_eq!(again.task.attempt, 1);
    assert!(again.token.fence > lease.token.fence, "the fence is not fresh");
    let error = popkit_protocol::Failure::new("error", "again");
    let retry = Outcome::Retry { delay: Some(Duration::ZERO), error };
    assert_eq!(stage.end(&who, &again, retry).await, TaskState::Pending);
    stage.audit().await;
}

/// A task that an operator pauses leaves its lane, and comes back to its old place.
pub async fn operator_pause_leaves_the_lane(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a"), task("b"), task("c")]).await;
    stage.change("a", Action::Pause { reason: None }).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["b"]);
    stage.change("a", Action::Resume).await;
    assert_eq!(names(&stage.claim(&who, 9).await), ["a", "c"]);
    stage.audit().await;
}

/// The answer is the task as it is then.
pub async fn answer_is_the_record(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.insert([task("a").in_backlog()]).await;
    for action in [
        Action::Reprioritise { priority: Priority::raw(3) },
        Action::Enqueue,
        Action::Pause { reason: None },
        Action::Resume,
        Action::Cancel { reason: None },
    ] {
        let answer = stage.change("a", action).await;
        assert_eq!(stage.get("a").await, answer);
    }
    stage.audit().await;
}
