//! `step`: finish, release, promote, rescue, claim, in this order, in one round trip.

use std::time::Duration;

use popkit_protocol::{Json, Outcome, Priority, RandomIds, RequestId, TaskState, limits};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, id, names, task, worker};
use crate::{Action, Claimant, ErrorKind, Finished, StepReply, StepRequest};

const DONE: Outcome = Outcome::Done { result: None };

fn fresh(who: &Claimant, slot: u32) -> StepRequest {
    StepRequest::new(who.holder, slot, popkit_protocol::IdSource::request(&RandomIds))
}

fn claiming(who: &Claimant, slot: u32, max: usize) -> StepRequest {
    fresh(who, slot).with_claim(who.wants(max, &RandomIds))
}

/// What a repeat must answer alike: the finishes, and the tokens and tasks of the leases.
fn answer(reply: &StepReply) -> (Vec<Finished>, Vec<popkit_protocol::LeaseToken>) {
    (reply.finished.clone(), reply.leases.iter().map(|lease| lease.token.clone()).collect())
}

/// What is finished and what is claimed travel in one call.
pub async fn finishes_and_claims_in_one(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    let held = stage.claim(&who, 2).await;
    let request = held.iter().fold(claiming(&who, 0, 5), |request, lease| {
        request.with_finish(lease.token.clone(), DONE)
    });
    let reply = stage.step(request).await;
    assert_eq!(reply.finished, [TaskState::Done; 2].map(Finished::Accepted));
    assert_eq!(names(&reply.leases), ["c"]);
    stage.audit().await;
}

/// A dependant released by a step can be claimed by the same step.
pub async fn released_dependant_is_claimed_at_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("parent")).await;
    stage.insert([task("child").with_needs([id("parent")])]).await;
    let reply = stage.step(claiming(&who, 0, 1).with_finish(lease.token, DONE)).await;
    assert_eq!(names(&reply.leases), ["child"]);
    stage.audit().await;
}

/// One answer per finish, in the order of the request.
pub async fn answers_keep_the_order(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c", "d"].map(task)).await;
    let held = stage.claim(&who, 4).await;
    let ways = [Outcome::fail("x"), DONE, Outcome::Release, Outcome::Cancel { reason: None }];
    let request = held.iter().zip(ways).rev().fold(fresh(&who, 0), |request, (lease, way)| {
        request.with_finish(lease.token.clone(), way)
    });
    let states: Vec<_> =
        [TaskState::Cancelled, TaskState::Pending, TaskState::Done, TaskState::Failed]
            .map(Finished::Accepted)
            .into();
    assert_eq!(stage.step(request).await.finished, states);
    stage.audit().await;
}

/// A lost or refused finish takes nothing from the others of its step, nor from the claim.
pub async fn partial_loss_keeps_the_rest(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c", "d"].map(task)).await;
    let held = stage.claim(&who, 3).await;
    stage.change("b", Action::Cancel { reason: None }).await;
    stage.end(&who, &held[2], Outcome::Pause { reason: None }).await;
    let request = held.iter().fold(claiming(&who, 0, 1), |request, lease| {
        request.with_finish(lease.token.clone(), DONE)
    });
    let reply = stage.step(request).await;
    assert!(matches!(
        reply.finished.as_slice(),
        [Finished::Accepted(TaskState::Done), Finished::Lost(_), Finished::Refused(_)]
    ));
    assert_eq!(names(&reply.leases), ["d"]);
    assert_eq!(stage.state("c").await, TaskState::Paused);
    stage.audit().await;
}

/// A step takes as many finishes and claims as the limit allows.
pub async fn full_step(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert((0..2 * limits::STEP).map(|i| task(&format!("t{i}")))).await;
    let held = stage.claim(&who, limits::STEP).await;
    assert_eq!(held.len(), limits::STEP);
    let request = held.iter().fold(claiming(&who, 0, limits::STEP), |request, lease| {
        request.with_finish(lease.token.clone(), DONE)
    });
    let reply = stage.step(request).await;
    assert!(reply.finished.iter().all(Finished::is_accepted));
    assert_eq!((reply.finished.len(), reply.leases.len()), (limits::STEP, limits::STEP));
    stage.audit().await;
}

/// A step repeated with its request id changes nothing and answers the same.
pub async fn repeat_answers_the_same(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.insert(["b", "c", "d", "e"].map(task)).await;
    let request = claiming(&who, 0, 2).with_finish(lease.token, DONE);
    let first = stage.step(request.clone()).await;
    let (tasks, log) = (stage.all_tasks().await, stage.all_events().await);
    for _ in 0..3 {
        let again = stage.step(request.clone()).await;
        assert_eq!(answer(&again), answer(&first));
        assert_eq!(names(&again.leases), ["b", "c"], "bodies are read again");
    }
    assert_eq!(stage.all_tasks().await, tasks, "nothing changed");
    assert_eq!(stage.all_events().await, log);
    stage.audit().await;
}

/// A repeat leaves out leases that were lost since; the rest answers as before.
pub async fn repeat_leaves_lost_leases_out(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    let request = claiming(&who, 0, 3);
    assert_eq!(stage.step(request.clone()).await.leases.len(), 3);
    stage.change("b", Action::Cancel { reason: None }).await;
    assert_eq!(names(&stage.step(request).await.leases), ["a", "c"]);
    stage.audit().await;
}

/// The reply is kept with the data: a repeat over another handle is answered alike.
pub async fn repeat_over_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let who = worker("w");
    stage.insert(["a", "b", "c"].map(task)).await;
    let request = claiming(&who, 3, 1);
    let first = stage.step(request.clone()).await;
    let again = second.step(request).await;
    assert_eq!(answer(&again), answer(&first));
    assert_eq!(stage.counts().await.ready, 2);
    stage.audit().await;
}

/// Each slot of a holder has its own last step.
pub async fn slots_are_independent(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b", "c", "d"].map(task)).await;
    let (zero, one) = (claiming(&who, 0, 1), claiming(&who, 1, 1));
    let first = stage.step(zero.clone()).await;
    let second = stage.step(one.clone()).await;
    assert_eq!((names(&first.leases), names(&second.leases)), (vec!["a"], vec!["b"]));
    assert_eq!(answer(&stage.step(zero).await), answer(&first));
    assert_eq!(answer(&stage.step(one).await), answer(&second));
    assert_eq!(stage.counts().await.ready, 2);
    stage.audit().await;
}

/// A request id of one holder means nothing for another.
pub async fn holders_are_independent(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let (one, other) = (worker("one"), worker("other"));
    stage.insert(["a", "b"].map(task)).await;
    let request = claiming(&one, 0, 1);
    let mine = stage.step(request.clone()).await;
    let theirs =
        StepRequest::new(other.holder, 0, request.request).with_claim(other.wants(1, &RandomIds));
    let theirs = stage.step(theirs).await;
    assert_eq!((names(&mine.leases), names(&theirs.leases)), (vec!["a"], vec!["b"]));
    stage.audit().await;
}

/// A step that was answered with nothing may run anew when it is repeated, but it claims at
/// most once.
pub async fn repeat_after_an_empty_answer(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert([task("old")]).await;
    stage.step(claiming(&who, 0, 1)).await;
    let request = claiming(&who, 0, 1);
    assert!(stage.step(request.clone()).await.leases.is_empty());
    stage.insert(["a", "b"].map(task)).await;
    let first = stage.step(request.clone()).await;
    assert!(first.leases.len() <= 1 && !names(&first.leases).contains(&"old"));
    let again = stage.step(request).await;
    assert_eq!(answer(&again), answer(&first));
    assert_eq!(stage.counts().await.assigned, 1 + first.leases.len() as u64);
    stage.audit().await;
}

/// Another request id is another step, whatever else is the same.
pub async fn new_request_is_no_repeat(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    stage.insert(["a", "b"].map(task)).await;
    let request = claiming(&who, 0, 1);
    stage.step(request.clone()).await;
    let mut other = request.clone();
    other.request = RequestId::from_bits(request.request.bits() ^ 1);
    other.claim = Some(who.wants(1, &RandomIds));
    assert_eq!(names(&stage.step(other).await.leases), ["b"]);
    stage.audit().await;
}

/// Ranges are checked before anything happens.
pub async fn limits_come_first(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w");
    let lease = stage.hold(&who, task("a")).await;
    stage.insert([task("b")]).await;
    let (tasks, log) = (stage.all_tasks().await, stage.all_events().await);
    let finishing = |request: StepRequest| request.with_finish(lease.token.clone(), DONE);
    let leased = |lease: Duration| {
        finishing(fresh(&who, 0)).with_claim(who.clone().with_lease(lease).wants(1, &RandomIds))
    };
    let big = Json::encode(&"x".repeat(limits::BODY_BYTES)).expect("JSON");
    let many = (0..=limits::STEP).fold(fresh(&who, 0), |request, _| finishing(request));
    let bad = [
        ("a lease too short", leased(Duration::from_millis(9))),
        ("a lease too long", leased(Duration::from_secs(24 * 3600 + 1))),
        ("claims", finishing(claiming(&who, 0, limits::STEP + 1))),
        ("finishes", many),
        (
            "a result",
            fresh(&who, 0).with_finish(lease.token.clone(), Outcome::Done { result: Some(big) }),
        ),
    ];
    for (what, request) in bad {
        let error = stage.tasks.step(request).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
    }
    assert_eq!(stage.all_tasks().await, tasks, "nothing changed");
    assert_eq!(stage.all_events().await, log);
    for good in [Duration::from_millis(10), Duration::from_secs(24 * 3600)] {
        stage.insert([task(&format!("good-{}", good.as_millis()))]).await;
        assert_eq!(stage.step(leased(good)).await.leases.len(), 1);
    }
    stage.audit().await;
}

/// The reply tells when there is next something to promote or rescue.
pub async fn next_due_tells_the_wait(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w").with_lease(Duration::from_secs(600));
    let due = |reply: StepReply| reply.next_due;
    assert_eq!(due(stage.step(fresh(&who, 0)).await), None);
    stage.insert([task("a")]).await;
    let lease = due(stage.step(claiming(&who, 0, 1)).await).expect("a lease will end");
    assert!(lease <= Duration::from_secs(600) && lease > Duration::from_secs(300));
    let soon = stage.now().after(Duration::from_secs(60));
    stage.insert([task("b").with_not_before(soon)]).await;
    let wait = due(stage.step(fresh(&who, 0)).await).expect("a task will be due");
    assert!(wait <= Duration::from_secs(61), "{wait:?}");
    stage.audit().await;
}

/// What is due at this very moment is ready for a step that finishes and claims. Told by a clock
/// of the suite's own, which stands still meanwhile.
pub async fn due_at_this_moment_is_ready(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let who = worker("w").with_lease(Duration::from_secs(600));
    stage.insert(["first", "second", "later"].map(task)).await;
    let first = stage.claim(&who, 1).await.remove(0);
    let reply = stage.step(claiming(&who, 0, 1).with_finish(first.token, DONE)).await;
    let second = reply.leases.into_iter().next().expect("it was ready").token;
    let soon = stage.now().after(Duration::from_secs(60));
    let urgent = task("urgent").with_priority(Priority::raw(9)).with_not_before(soon);
    stage.insert([urgent]).await;
    let request = claiming(&who, 0, 1).with_finish(second, DONE);
    let expected = match stage.clock() {
        Some(clock) => {
            clock.advance(Duration::from_secs(60));
            "urgent"
        }
        None => "later",
    };
    assert_eq!(names(&stage.step(request).await.leases), [expected]);
    stage.audit().await;
}
