//! What is in the way is cleared, told or left, as the standard policy has it.

use popkit_coordinator::agent::supervisor::{
    BlockerCause, Ending, Monitor, Resolution, StandardPolicy,
};
use popkit_protocol::{Actor, Change, TaskState};
use popkit_store::{Action, TaskStoreExt as _};

use super::{Stage, id, profile, settle, task};

/// The causes and resolutions of all blockers.
fn blockers(monitor: &Monitor) -> Vec<(String, BlockerCause, Option<Resolution>)> {
    let look = monitor.progress();
    look.blockers.iter().map(|b| (b.task.to_string(), b.cause, b.resolution)).collect()
}

#[tokio::test]
async fn s7_a_dead_letter_is_put_back_a_limited_number_of_times() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor().with_policy(StandardPolicy::default().with_requeues(2));
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        for _ in 0..2 {
            stage.fail("a").await;
            settle(&mut monitor).await;
            assert_eq!(stage.get("a").await.state, TaskState::Pending, "put back");
            assert_eq!(blockers(&monitor), []);
        }
        stage.fail("a").await;
        settle(&mut monitor).await;
        let wanted = ("a".to_owned(), BlockerCause::Attempts, Some(Resolution::Escalate));
        assert_eq!(blockers(&monitor), [wanted]);
        let summary = monitor.summary(Ending::Stopped);
        assert_eq!((summary.requeued, summary.escalated), (2, 1));
        assert_eq!(summary.unfinished, [id("b")]);
        let events = stage.store.events_of(&id("a")).await.unwrap();
        let by_us = |change: &Change| matches!(change, Change::Requeued { by: Actor::Operator(name) } if name == "lead");
        assert_eq!(events.iter().filter(|event| by_us(&event.change)).count(), 2);
    }
}

#[tokio::test]
async fn after_a_person_mended_the_cause_the_plan_goes_on() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &["a"])]).await;
        stage.fatal("a").await;
        settle(&mut monitor).await;
        assert_eq!(blockers(&monitor)[0].2, Some(Resolution::Escalate));
        stage.change("a", Action::Requeue).await;
        stage.done("a").await;
        stage.done("b").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        let summary = monitor.summary(Ending::Complete);
        assert!(summary.is_success() && summary.progress.blockers.is_empty());
    }
}

#[tokio::test]
async fn a_dead_letter_that_nothing_waits_for_does_not_hold_up_the_end() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &[])]).await;
        stage.fatal("a").await;
        stage.done("b").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        let summary = monitor.summary(Ending::Complete);
        assert!(!summary.is_success());
        assert_eq!((summary.failed[0].task.clone(), summary.failed[0].attempts), (id("a"), 1));
        assert_eq!(summary.failed[0].error, "error: it cannot work");
    }
}

#[tokio::test]
async fn what_waits_for_a_cancelled_task_is_cancelled_with_the_reason() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["b"]), task("d", &[])];
        let mut monitor = stage.watch(&supervisor, tasks).await;
        stage.change("a", Action::Cancel { reason: None }).await;
        settle(&mut monitor).await;
        stage.done("d").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        let summary = monitor.summary(Ending::Complete);
        assert_eq!((summary.cancelled, summary.progress.cancelled), (2, 3));
        let events = stage.store.events_of(&id("c")).await.unwrap();
        let Change::Cancelled { by, reason } = &events.last().unwrap().change else { panic!() };
        assert_eq!(*by, Actor::Operator("lead".to_owned()));
        assert_eq!(reason.as_deref(), Some("it waits for task a, which was cancelled"));
    }
}

#[tokio::test]
async fn a_task_that_no_agent_takes_is_told_once_patience_is_over() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor().with_team([profile(&["b"])]);
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &[])]).await;
        settle(&mut monitor).await;
        let unserved = |resolution| ("a".to_owned(), BlockerCause::Unserved, resolution);
        assert_eq!(blockers(&monitor), [unserved(None)]);
        assert_eq!((monitor.progress().blocked, monitor.progress().coming), (1, 1));
        stage.pass(30);
        settle(&mut monitor).await;
        assert_eq!(blockers(&monitor), [unserved(Some(Resolution::Escalate))]);
        supervisor.set_team([profile(&["a", "b"])]);
        settle(&mut monitor).await;
        assert_eq!((blockers(&monitor), monitor.progress().blocked), (Vec::new(), 0));
    }
}

#[tokio::test]
async fn without_knowing_the_agents_no_task_counts_as_unserved() {
    let stage = Stage::memory();
    let supervisor = stage.supervisor();
    let mut monitor = stage.watch(&supervisor, [task("a", &[])]).await;
    stage.pass(3600);
    settle(&mut monitor).await;
    assert_eq!(blockers(&monitor), []);
}

#[tokio::test]
async fn a_dead_letter_outside_the_plan_is_told_and_never_touched() {
    for stage in Stage::both().await {
        stage.store.insert_many(vec![task("x", &[]), task("y", &["x"])]).await.unwrap();
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, [task("a", &["y"])]).await;
        stage.fail("x").await;
        settle(&mut monitor).await;
        let wanted = ("x".to_owned(), BlockerCause::Attempts, Some(Resolution::Escalate));
        assert_eq!(blockers(&monitor), [wanted]);
        assert_eq!(monitor.progress().blockers[0].dependants, [id("a")], "its own alone");
        assert_eq!(stage.get("x").await.state, TaskState::Failed);
        stage.change("x", Action::Requeue).await;
        stage.done("x").await;
        stage.done("y").await;
        stage.done("a").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
    }
}
