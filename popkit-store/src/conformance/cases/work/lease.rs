//! Leases and fences: a write with another pair than the current one is refused and changes
//! nothing.

use std::time::Duration;

use popkit_protocol::{ClaimId, Fence, Lease, LeaseToken, Outcome, TaskState};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, outcomes, task, worker};
use crate::{Action, Beat, Claimant, Finished, Heartbeat};

/// Every outcome and a heartbeat under this token are refused, and nothing changes.
async fn assert_refused(stage: &Stage<'_>, who: &Claimant, token: &LeaseToken, why: &str) {
    let before = stage.find(token.task.as_str()).await;
    for outcome in outcomes() {
        let answer = stage.finish_by(who, token, outcome.clone()).await;
        assert!(matches!(answer, Finished::Lost(_)), "{why}: {outcome:?} answered {answer:?}");
    }
    let beat = Heartbeat::new(who.holder, who.lease).with(Beat::new(token.clone()));
    let reply = stage.tasks.heartbeat(beat).await.expect("answered");
    assert_eq!((reply.renewed.len(), reply.lost.len()), (0, 1), "{why}: heartbeat");
    assert_eq!(stage.find(token.task.as_str()).await, before, "{why}: nothing changed");
}

fn with_claim(lease: &Lease, claim: ClaimId) -> LeaseToken {
    LeaseToken { claim, ..lease.token.clone() }
}

fn with_fence(lease: &Lease, fence: u64) -> LeaseToken {
    LeaseToken { fence: Fence::from_number(fence), ..lease.token.clone() }
}

/// The fences of a task only grow, also when the clock does not, or goes back.
pub async fn fences_grow(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let mut lease = stage.hold(&who, task("a")).await;
    for round in 0..20 {
        if let Some(clock) = stage.clock().filter(|_| round == 10) {
            clock.set(stage.now().before(Duration::from_secs(3600)));
        }
        stage.end(&who, &lease, Outcome::Release).await;
        let next = stage.claim_one(&who).await;
        assert!(next.token.fence > lease.token.fence, "{:?} then {:?}", lease.token, next.token);
        assert_ne!(next.token.claim, lease.token.claim);
        lease = next;
    }
    stage.audit().await;
}

/// After another claim of the task the old pair is refused, for every outcome and for a
/// heartbeat; the new holder goes on.
pub async fn stale_pair_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (old, new) = (worker("old"), worker("new"));
    let stale = stage.hold(&old, task("a")).await;
    stage.end(&old, &stale, Outcome::Retry { delay: Some(Duration::ZERO), error: failure() }).await;
    let current = stage.claim_one(&new).await;
    // The one thing that is not refused is the repeat of the call that ended it.
    let before = stage.get("a").await;
    for outcome in outcomes().into_iter().filter(|o| !matches!(o, Outcome::Retry { .. })) {
        let answer = stage.finish(&old, &stale, outcome.clone()).await;
        assert!(matches!(answer, Finished::Lost(_)), "{outcome:?} answered {answer:?}");
    }
    let reply = stage.beat(&old, &[&stale]).await;
    assert_eq!((reply.renewed.len(), reply.lost.len()), (0, 1));
    assert_eq!(stage.get("a").await, before, "nothing changed");
    stage.end(&new, &current, Outcome::Done { result: None }).await;
    stage.audit().await;
}

fn failure() -> popkit_protocol::Failure {
    popkit_protocol::Failure::new("error", "again")
}

/// The current fence under another claim id is refused: the number alone proves nothing.
pub async fn wrong_claim_id_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let forged = with_claim(&lease, ClaimId::from_bits(lease.token.claim.bits() ^ 1));
    assert_refused(&stage, &who, &forged, "another claim id").await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    assert_refused(&stage, &who, &forged, "another claim id, after the end").await;
    stage.audit().await;
}

/// The current claim id under another fence is refused, lower or higher.
pub async fn old_fence_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let first = stage.hold(&who, task("a")).await;
    stage.end(&who, &first, Outcome::Release).await;
    let lease = stage.claim_one(&who).await;
    let number = lease.token.fence.number();
    for fence in [first.token.fence.number(), number - 1, number + 1, 0] {
        assert_refused(&stage, &who, &with_fence(&lease, fence), "another fence").await;
    }
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    stage.audit().await;
}

/// Repeating the call that ended a lease, in a step of its own, answers `Accepted` again and
/// changes nothing.
pub async fn repeated_ending_is_accepted(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    for (i, outcome) in outcomes().into_iter().enumerate() {
        let name = format!("t{i}");
        let lease = stage.hold(&who, task(&name)).await;
        let state = stage.end(&who, &lease, outcome.clone()).await;
        let before = stage.get(&name).await;
        for _ in 0..2 {
            let again = stage.finish(&who, &lease, outcome.clone()).await;
            assert_eq!(again, Finished::Accepted(state), "{outcome:?}");
        }
        assert_eq!(stage.get(&name).await, before, "{outcome:?}: nothing changed");
        if before.state == TaskState::Pending {
            stage.change(&name, Action::Cancel { reason: None }).await;
        }
    }
    stage.audit().await;
}

/// A lease that was ended one way cannot be ended another way: a task reaches one end.
pub async fn another_ending_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    let before = stage.get("a").await;
    for outcome in outcomes().into_iter().filter(|o| !matches!(o, Outcome::Done { .. })) {
        let answer = stage.finish(&who, &lease, outcome.clone()).await;
        assert!(matches!(answer, Finished::Lost(_)), "{outcome:?} answered {answer:?}");
    }
    assert_eq!(stage.get("a").await, before);
    stage.audit().await;
}

/// A finish of a task that is not there is lost, and says that there is none.
pub async fn unknown_task_is_lost(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    let token = LeaseToken { task: id("nowhere"), ..lease.token.clone() };
    for outcome in outcomes() {
        match stage.finish_by(&who, &token, outcome).await {
            Finished::Lost(lost) => assert_eq!((lost.task, lost.state), (id("nowhere"), None)),
            other => panic!("answered {other:?}"),
        }
    }
    assert!(stage.find("nowhere").await.is_none());
    stage.audit().await;
}

/// A lost lease says who holds the task now, and in which attempt.
pub async fn loss_tells_who_holds_it(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (old, new) = (worker("old"), worker("new"));
    let stale = stage.hold(&old, task("a")).await;
    stage.end(&old, &stale, Outcome::Retry { delay: Some(Duration::ZERO), error: failure() }).await;
    stage.claim_one(&new).await;
    match stage.finish(&old, &stale, Outcome::Done { result: None }).await {
        Finished::Lost(lost) => {
            assert_eq!(lost.held_by.as_ref().map(AsRef::as_ref), Some("new"));
            assert_eq!((lost.state, lost.attempt), (Some(TaskState::Assigned), 2));
            assert!(!lost.is_cancelled());
        }
        other => panic!("answered {other:?}"),
    }
    stage.audit().await;
}

/// A lease that an operator ended by cancelling is lost, and says so.
pub async fn cancelled_by_the_operator(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.change("a", Action::Cancel { reason: Some("not needed".to_owned()) }).await;
    for outcome in [Outcome::Done { result: None }, Outcome::Cancel { reason: None }] {
        match stage.finish(&who, &lease, outcome).await {
            Finished::Lost(lost) => assert!(lost.is_cancelled() && lost.held_by.is_none()),
            other => panic!("answered {other:?}"),
        }
    }
    assert_refused(&stage, &who, &lease.token, "cancelled").await;
    stage.audit().await;
}
