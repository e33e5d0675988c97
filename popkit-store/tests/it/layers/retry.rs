//! Repeating calls of the task seam.

use std::error::Error as _;
use std::time::Duration;

use popkit_protocol::{Change, Outcome, Progress, RandomIds, TaskState};
use popkit_store::layer::{Injection, Operation, Retry, Timeout};
use popkit_store::{
    Action, Beat, ChangeRequest, Error, ErrorKind, Heartbeat, InsertOptions, Inserted, OutcomeKind,
    PruneQuery, StepRequest, TaskStore, TaskStoreExt as _, WakeReason,
};
use tokio::time::Instant;

use super::support::{
    ALL, call, claim, fault, id, memory, reprioritise, retry, task, waiter, worker,
};

#[tokio::test(start_paused = true)]
async fn what_was_surely_not_applied_is_repeated_whatever_it_is() {
    for operation in ALL {
        let fault = fault();
        fault.inner().insert(task("t")).await.unwrap();
        fault.script(operation, [Injection::Fail, Injection::Fail]);
        call(&retry(fault.clone()), operation).await.unwrap();
        assert_eq!(fault.injected_into(operation).calls, 3, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn lost_answers_are_repeated_only_where_that_is_safe() {
    let unsafe_ones =
        [Operation::Wait, Operation::Change, Operation::Append, Operation::Save, Operation::Delete];
    for operation in ALL {
        let fault = fault();
        fault.inner().insert(task("t")).await.unwrap();
        fault.script(operation, [Injection::Lose]);
        let answer = call(&retry(fault.clone()), operation).await;
        if !unsafe_ones.contains(&operation) {
            answer.unwrap();
            assert_eq!(fault.injected_into(operation).calls, 2, "{operation}");
            continue;
        }
        let error = answer.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
        assert_eq!(error.operation(), operation.name());
        assert_eq!(fault.injected_into(operation).calls, 1, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_insert_whose_answer_was_lost_reports_its_tasks_as_created() {
    let fault = fault();
    let store = retry(fault.clone());
    fault.script(Operation::Insert, [Injection::Lose, Injection::Fail, Injection::Lose]);
    let batch = vec![task("a"), task("b"), task("a")];
    let answers = store.insert_opts(batch, InsertOptions::default()).await.unwrap();
    let created = |text| Inserted::Created(id(text));
    assert_eq!(answers, [created("a"), created("b"), Inserted::Duplicate(id("a"))]);
    assert_eq!(store.counts(Default::default()).await.unwrap().total(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_older_duplicate_is_told_apart_unless_the_lost_call_was_applied() {
    let fault = fault();
    let store = retry(fault.clone());
    store.insert(task("old")).await.unwrap();

    // Surely not applied: the repeat is the only call there was.
    fault.script(Operation::Insert, [Injection::Fail]);
    let answers = store.insert_many(vec![task("old"), task("a")]).await.unwrap();
    assert_eq!(answers, [Inserted::Duplicate(id("old")), Inserted::Created(id("a"))]);

    // Applied and lost: documented to be reported as created.
    fault.script(Operation::Insert, [Injection::Lose]);
    let answers = store.insert_many(vec![task("old"), task("b")]).await.unwrap();
    assert_eq!(answers, [Inserted::Created(id("old")), Inserted::Created(id("b"))]);
}

#[tokio::test(start_paused = true)]
async fn a_step_whose_answer_was_lost_claims_and_finishes_once() {
    let fault = fault();
    let store = retry(fault.clone());
    store.insert_many(vec![task("a"), task("b")]).await.unwrap();
    let who = worker("w");

    fault.script(Operation::Step, [Injection::Lose, Injection::Lose]);
    let first = store.claim(&who).await.unwrap().expect("a task is ready");
    assert_eq!(first.task.id(), &id("a"));

    fault.script(Operation::Step, [Injection::Lose]);
    let outcome = Outcome::Done { result: None };
    let next = store.finish_and_claim(&who, &first, outcome, 5).await.unwrap();
    assert_eq!(next.len(), 1);
    for name in ["a", "b"] {
        let events = store.events_of(&id(name)).await.unwrap();
        let claims = events.iter().filter(|e| matches!(e.change, Change::Claimed { .. }));
        assert_eq!(claims.count(), 1, "{name}: {events:?}");
    }
    assert_eq!(store.get(&id("a")).await.unwrap().unwrap().state, TaskState::Done);
}

#[tokio::test(start_paused = true)]
async fn a_lease_claimed_by_a_lost_answer_looks_shorter_never_longer() {
    let fault = fault();
    let pause = Duration::from_secs(4);
    fault.inner().insert(task("a")).await.unwrap();
    fault.script(Operation::Step, [Injection::Lose, Injection::SlowDown(pause)]);
    let before = Instant::now();
    let lease = retry(fault.clone()).claim(&worker("w")).await.unwrap().unwrap();
    assert!(before.elapsed() >= pause);
    assert_eq!(lease.remaining + before.elapsed(), worker("w").lease);
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_whose_answer_was_lost_is_repeated() {
    let fault = fault();
    let store = retry(fault.clone());
    store.insert(task("a")).await.unwrap();
    let who = worker("w");
    let lease = store.claim(&who).await.unwrap().unwrap();
    fault.script(Operation::Heartbeat, [Injection::Lose]);
    let beat = Beat::new(lease.token).with_progress(Progress::new(0.5, "half"));
    let reply = store.heartbeat(Heartbeat::new(who.holder, who.lease).with(beat)).await.unwrap();
    assert_eq!(reply.renewed, [(id("a"), TaskState::Active)]);
    assert!(reply.lost.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_at_a_revision_is_repeated_and_never_made_twice() {
    let fault = fault();
    let store = retry(fault.clone());
    store.insert(task("t")).await.unwrap();

    fault.script(Operation::Change, [Injection::Lose]);
    let error = store.change(reprioritise("t").at_revision(1)).await.unwrap_err();
    // Not "conflict": the contract says that nothing changed then.
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, OutcomeKind::Unknown));
    let refusal = error.source().and_then(|e| e.downcast_ref::<Error>()).unwrap();
    assert_eq!(refusal.kind(), ErrorKind::Conflict);
    assert_eq!(store.get(&id("t")).await.unwrap().unwrap().revision, 2);

    fault.script(Operation::Change, [Injection::Fail]);
    assert_eq!(store.change(reprioritise("t").at_revision(2)).await.unwrap().revision, 3);

    // A refusal without a lost answer before it stays one.
    fault.script(Operation::Change, [Injection::Fail]);
    let error = store.change(reprioritise("t").at_revision(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, OutcomeKind::NotApplied));
}

#[tokio::test(start_paused = true)]
async fn prune_and_close_are_repeated() {
    let fault = fault();
    let store = retry(fault.clone());
    store.insert(task("a")).await.unwrap();
    store.cancel(&id("a"), "tester", None).await.unwrap();
    fault.script(Operation::Prune, [Injection::Lose]);
    let later = popkit_protocol::Timestamp::MAX;
    assert_eq!(store.prune(PruneQuery::before(later)).await.unwrap(), 0, "the last try's count");
    assert_eq!(store.get(&id("a")).await.unwrap(), None);

    fault.script(Operation::Close, [Injection::Lose]);
    store.close().await.unwrap();
    let error = store.get(&id("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_wait_does_not_last_longer_than_asked_for() {
    let fault = fault();
    let store = retry(fault.clone());
    let pause = Duration::from_secs(6);
    fault.script(Operation::Wait, [Injection::SlowDown(pause)]);
    let before = Instant::now();
    let wake = store.wait(waiter(Duration::from_secs(10))).await.unwrap();
    assert_eq!(wake.reason, WakeReason::Timeout);
    let took = before.elapsed();
    assert!((Duration::from_secs(10)..Duration::from_millis(10_100)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_in_itself_is_not_repeated() {
    let fault = fault();
    let store = retry(fault.clone());
    let request = ChangeRequest::new(id("missing"), Action::Requeue, "tester");
    assert_eq!(store.change(request).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fault.injected_into(Operation::Change).calls, 1);

    let who = worker("w").with_lease(Duration::ZERO);
    let step: StepRequest = who.step(&RandomIds).with_claim(claim(&who, 1));
    assert_eq!(store.step(step).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(fault.injected_into(Operation::Step).calls, 1);
}

#[tokio::test]
async fn layers_stack_over_a_dyn_store() {
    let backend: std::sync::Arc<dyn TaskStore> = std::sync::Arc::new(memory());
    let timed = Timeout::new(backend, Duration::from_secs(5));
    let store: std::sync::Arc<dyn TaskStore> = std::sync::Arc::new(Retry::new(timed));
    assert_eq!(store.backend(), "memory");
    assert_eq!(store.capabilities(), memory().capabilities());
    assert!(store.insert(task("a")).await.unwrap().is_created());
    let boxed: Box<dyn TaskStore> = Box::new(store);
    assert!(Retry::new(boxed).get(&id("a")).await.unwrap().is_some());
}
