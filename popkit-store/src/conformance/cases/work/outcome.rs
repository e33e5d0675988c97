//! What each outcome does.

use std::time::Duration;

use popkit_protocol::{
    Backoff, Change, FailCause, Failure, Json, Outcome, Pending, RetryPolicy, TaskState, limits,
};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, names, task, worker};
use crate::{Action, Finished};

const DONE: Outcome = Outcome::Done { result: None };
const HOUR: Duration = Duration::from_secs(3600);

fn retry(delay: Duration) -> Outcome {
    Outcome::Retry { delay: Some(delay), error: Failure::new("exit", "code 1") }
}

/// `Done` ends the task and keeps its result.
pub async fn done_keeps_the_result(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let result = Json::from_text(r#"{"files": ["a.rs"], "n": 1.50}"#).expect("JSON");
    let outcome = Outcome::Done { result: Some(result.clone()) };
    assert_eq!(stage.end(&who, &lease, outcome).await, TaskState::Done);
    let done = stage.get("a").await;
    assert_eq!((done.state, done.result, done.attempt), (TaskState::Done, Some(result), 1));
    assert!(done.hold.is_none() && done.ended_at.is_some());
    assert_eq!(stage.story("a").await, ["inserted", "claimed", "completed"]);
    stage.audit().await;
}

/// `Retry` without a delay waits as the task's policy says, and the attempt counts.
pub async fn retry_follows_the_policy(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (who, span) = (worker("w"), stage.span());
    let policy = RetryPolicy::attempts(5).with_backoff(Backoff::Fixed { delay: span });
    let lease = stage.hold(&who, task("a").with_retry(policy)).await;
    assert_eq!(stage.end(&who, &lease, Outcome::retry("once")).await, TaskState::Pending);
    let waiting = stage.get("a").await;
    assert_eq!((waiting.pending(), waiting.attempt), (Some(Pending::Due), 1));
    let due = waiting.due_at.expect("it is due");
    assert_eq!(due.since(waiting.updated_at), span, "the policy's delay from the store's now");
    assert_eq!(waiting.errors.len(), 1);
    assert_eq!(waiting.errors[0].failure.text, "once");
    assert!(stage.claim(&who, 1).await.is_empty(), "not yet");
    stage.pass(span).await;
    assert_eq!(stage.claim_one(&who).await.task.attempt, 2);
    stage.audit().await;

    let growing = Backoff::Exponential { base: HOUR, max: 10 * HOUR };
    let policy = RetryPolicy::attempts(5).with_backoff(growing);
    let lease = stage.hold(&who, task("b").with_retry(policy)).await;
    stage.end(&who, &lease, Outcome::retry("once")).await;
    let waiting = stage.get("b").await;
    let wait = waiting.due_at.expect("it is due").since(waiting.updated_at);
    assert_eq!(wait, policy.delay(waiting.id(), 1), "every backend computes the same");
    stage.audit().await;
}

/// An explicit delay goes before the policy; without any the task is ready at once.
pub async fn retry_with_a_delay(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let policy = RetryPolicy::attempts(9).with_backoff(Backoff::Fixed { delay: HOUR });
    let lease = stage.hold(&who, task("a").with_retry(policy)).await;
    stage.end(&who, &lease, retry(Duration::ZERO)).await;
    assert_eq!(stage.get("a").await.pending(), Some(Pending::Ready));
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.attempt, 2);
    stage.end(&who, &lease, retry(2 * HOUR)).await;
    let waiting = stage.get("a").await;
    assert_eq!(waiting.due_at.expect("due").since(waiting.updated_at), 2 * HOUR);
    stage.audit().await;
}

/// A backoff beyond all times leaves a task that waits, and that can be read.
pub async fn endless_backoff_can_be_read(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    for (name, backoff) in [
        ("fixed", Backoff::Fixed { delay: Duration::MAX }),
        ("growing", Backoff::Exponential { base: Duration::MAX, max: Duration::MAX }),
    ] {
        let retry = RetryPolicy::attempts(3).with_backoff(backoff);
        let lease = stage.hold(&who, task(name).with_retry(retry)).await;
        stage.end(&who, &lease, Outcome::retry("again")).await;
        let due = stage.get(name).await.due_at.expect("it waits");
        assert!(due > stage.now().after(Duration::from_secs(3600)), "{due}");
        assert!(stage.claim(&who, 1).await.is_empty());
    }
    stage.audit().await;
}

/// The failure of the last attempt makes a dead letter with its history.
pub async fn last_attempt_is_a_dead_letter(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a").with_retry(RetryPolicy::attempts(2))]).await;
    let first = stage.claim_one(&who).await;
    assert_eq!(stage.end(&who, &first, retry(Duration::ZERO)).await, TaskState::Pending);
    let second = stage.claim_one(&who).await;
    assert_eq!(stage.end(&who, &second, retry(Duration::ZERO)).await, TaskState::Failed);
    let failed = stage.get("a").await;
    assert_eq!((failed.attempt, failed.errors.len()), (2, 2));
    assert!(failed.ended_at.is_some() && stage.claim(&who, 1).await.is_empty());
    let last = stage.events("a").await.pop().expect("events");
    assert!(matches!(last.change, Change::Failed { cause: FailCause::Attempts, .. }));
    stage.audit().await;
}

/// `Fail` makes a dead letter whatever attempts are left.
pub async fn fail_is_final(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    assert_eq!(stage.end(&who, &lease, Outcome::fail("no use")).await, TaskState::Failed);
    let last = stage.events("a").await.pop().expect("events");
    assert!(matches!(last.change, Change::Failed { cause: FailCause::Fatal, .. }));
    assert_eq!(stage.get("a").await.errors[0].failure.text, "no use");
    stage.audit().await;
}

/// `Snooze` puts the task off and counts no attempt.
pub async fn snooze_counts_no_attempt(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (who, span) = (worker("w"), stage.span());
    let lease = stage.hold(&who, task("a").with_retry(RetryPolicy::never())).await;
    stage.end(&who, &lease, Outcome::Snooze { delay: span }).await;
    let waiting = stage.get("a").await;
    assert_eq!((waiting.pending(), waiting.attempt), (Some(Pending::Due), 0));
    assert!(waiting.errors.is_empty() && stage.claim(&who, 1).await.is_empty());
    stage.pass(span).await;
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.attempt, 1, "still the first");
    stage.end(&who, &lease, Outcome::Snooze { delay: Duration::ZERO }).await;
    assert_eq!(names(&stage.claim(&who, 1).await), ["a"], "no delay is no wait");
    stage.audit().await;
}

/// `Release` gives the task back, ready at once, at its old place, and counts no attempt.
pub async fn release_counts_no_attempt(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a").with_retry(RetryPolicy::never()), task("b")]).await;
    for _ in 0..5 {
        let lease = stage.claim_one(&who).await;
        assert_eq!((lease.task.id().as_str(), lease.task.attempt), ("a", 1));
        assert_eq!(stage.end(&who, &lease, Outcome::Release).await, TaskState::Pending);
    }
    assert_eq!(stage.get("a").await.attempt, 0);
    stage.audit().await;
}

/// `Cancel` ends the task by its holder's word.
pub async fn cancel_by_the_holder(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let reason = Some("obsolete".to_owned());
    let outcome = Outcome::Cancel { reason: reason.clone() };
    assert_eq!(stage.end(&who, &lease, outcome).await, TaskState::Cancelled);
    let last = stage.events("a").await.pop().expect("events");
    let by = popkit_protocol::Actor::Holder;
    assert_eq!(last.change, Change::Cancelled { by, reason });
    stage.audit().await;
}

/// `Pause` keeps the pair: the holder renews it, a decision makes the task active, and the
/// holder finishes under the same pair.
pub async fn pause_keeps_the_pair(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let pause = Outcome::Pause { reason: Some("which file?".to_owned()) };
    assert_eq!(stage.end(&who, &lease, pause.clone()).await, TaskState::Paused);
    assert!(stage.get("a").await.hold.is_some_and(|hold| hold.is(&lease.token)));
    let renewed = stage.beat(&who, &[&lease]).await.renewed;
    assert_eq!(renewed, [(lease.token.task.clone(), TaskState::Paused)]);
    assert!(stage.claim(&worker("other"), 1).await.is_empty());
    stage.change("a", Action::Resume).await;
    let renewed = stage.beat(&who, &[&lease]).await.renewed;
    assert_eq!(renewed, [(lease.token.task.clone(), TaskState::Active)], "the pause ended");
    assert_eq!(stage.end(&who, &lease, DONE).await, TaskState::Done);
    stage.audit().await;
}

/// Paused work is given back or failed, but not done: the decision comes first.
pub async fn paused_work_cannot_be_done(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    for (i, (outcome, end)) in [
        (Outcome::Release, TaskState::Pending),
        (Outcome::fail("x"), TaskState::Failed),
        (Outcome::Cancel { reason: None }, TaskState::Cancelled),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("t{i}");
        let lease = stage.hold(&who, task(&name)).await;
        stage.end(&who, &lease, Outcome::Pause { reason: None }).await;
        let before = stage.get(&name).await;
        let refused = stage.finish(&who, &lease, DONE).await;
        assert!(matches!(refused, Finished::Refused(_)), "answered {refused:?}");
        assert_eq!(stage.get(&name).await, before, "nothing changed");
        assert_eq!(stage.end(&who, &lease, outcome).await, end);
        if end == TaskState::Pending {
            stage.change(&name, Action::Cancel { reason: None }).await;
        }
    }
    stage.audit().await;
}

/// Done work that asks for a review waits for the verdict, and is done once approved.
pub async fn review_is_approved(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a").with_review()).await;
    let result = Json::from_text("7").expect("JSON");
    let outcome = Outcome::Done { result: Some(result.clone()) };
    assert_eq!(stage.end(&who, &lease, outcome).await, TaskState::Review);
    let waiting = stage.get("a").await;
    assert!(waiting.hold.is_none() && waiting.ended_at.is_none());
    assert!(stage.claim(&who, 1).await.is_empty());
    let done = stage.change("a", Action::Approve).await;
    assert_eq!((done.state, done.result), (TaskState::Done, Some(result)));
    assert!(done.ended_at.is_some());
    stage.audit().await;
}

/// Rejected work goes back to its lane for another attempt, without its result.
pub async fn review_is_sent_back(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a").with_review()).await;
    let result = Some(Json::from_text("7").expect("JSON"));
    stage.end(&who, &lease, Outcome::Done { result }).await;
    let back = stage.change("a", Action::Reject { reason: Some("typo".to_owned()) }).await;
    assert_eq!((back.state, back.result), (TaskState::Pending, None));
    let lease = stage.claim_one(&who).await;
    assert_eq!(lease.task.attempt, 2);
    assert_eq!(stage.end(&who, &lease, DONE).await, TaskState::Review);
    stage.audit().await;
}

/// The error log keeps the last failures, and long texts are cut.
pub async fn error_log_is_bounded(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("a").with_retry(RetryPolicy::attempts(100))]).await;
    for round in 1..=limits::ERROR_LOG + 4 {
        let lease = stage.claim_one(&who).await;
        let text = format!("{round} {}", "x".repeat(limits::ERROR_BYTES));
        let error = Failure::new("exit", text);
        stage.end(&who, &lease, Outcome::Retry { delay: Some(Duration::ZERO), error }).await;
    }
    let errors = stage.get("a").await.errors;
    assert_eq!(errors.len(), limits::ERROR_LOG);
    assert!(errors.iter().all(|entry| entry.failure.text.len() <= limits::ERROR_BYTES));
    let attempts: Vec<u32> = errors.iter().map(|entry| entry.attempt).collect();
    assert_eq!(attempts, (5..=20).collect::<Vec<_>>(), "oldest first, the oldest gone");
    stage.audit().await;
}

/// Reasons are kept up to the length of a note, whoever gives them.
pub async fn long_reasons_are_cut(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let long = || Some("x".repeat(limits::BODY_BYTES));
    let lease = stage.hold(&who, task("a")).await;
    stage.end(&who, &lease, Outcome::Pause { reason: long() }).await;
    stage.end(&who, &lease, Outcome::Cancel { reason: long() }).await;
    stage.insert([task("b")]).await;
    stage.change("b", Action::Pause { reason: long() }).await;
    stage.change("b", Action::Cancel { reason: long() }).await;
    for event in stage.all_events().await {
        let (Change::Paused { reason, .. } | Change::Cancelled { reason, .. }) = event.change
        else {
            continue;
        };
        assert_eq!(reason.map(|text| text.len()), Some(limits::NOTE_BYTES));
    }
    stage.audit().await;
}
