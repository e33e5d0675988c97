//! Watching a plan.

use popkit_coordinator::agent::supervisor::{Ending, SupervisorError};
use popkit_protocol::{HolderId, NewTask, Progress};
use popkit_store::{Action, Beat, Heartbeat, PruneQuery, TaskStoreExt as _};
use std::time::Duration;

use super::{Stage, id, publish, settle, task};

#[tokio::test]
async fn s4_progress_follows_the_work_and_dependants_are_released() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["a", "b"])];
        let mut monitor = stage.watch(&supervisor, tasks).await;
        let mut feed = monitor.feed();
        assert_eq!((feed.latest().total, feed.latest().coming), (3, 3));

        let lease = stage.claim("a").await;
        let beat = Beat::new(lease.token.clone()).with_progress(Progress::new(0.5, "reading"));
        let beat = Heartbeat::new(HolderId::from_bits(1), Duration::from_secs(60)).with(beat);
        stage.store.heartbeat(beat).await.unwrap();
        assert_eq!(monitor.turn().await.unwrap(), None);
        let look = feed.next().await.unwrap();
        assert_eq!((look.running, look.percent()), (1, 16));
        assert_eq!((look.tasks[0].task.clone(), look.tasks[0].note.as_str()), (id("a"), "reading"));

        stage.finish(&lease, popkit_protocol::Outcome::Done { result: None }).await;
        stage.done("b").await;
        assert_eq!(monitor.turn().await.unwrap(), None);
        assert_eq!(monitor.progress().to_string(), "2 of 3 done (66%)");
        stage.done("c").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
        let summary = monitor.summary(Ending::Complete);
        assert!(summary.is_success(), "{summary}");
        assert_eq!(feed.next().await.unwrap().percent(), 100);
    }
}

#[tokio::test]
async fn tasks_of_others_are_not_counted() {
    for stage in Stage::both().await {
        stage.store.insert(task("before", &[])).await.unwrap();
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, [task("a", &["before"])]).await;
        stage.store.insert(task("after", &[])).await.unwrap();
        settle(&mut monitor).await;
        assert_eq!((monitor.progress().total, monitor.progress().coming), (1, 1));
        stage.done("before").await;
        stage.done("a").await;
        assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
    }
}

#[tokio::test]
async fn a_plan_of_many_pages_is_followed_whole() {
    let stage = Stage::sqlite().await;
    let kind = || "work".try_into().unwrap();
    let tasks = (0..1200).map(|n| NewTask::new(id(&format!("t-{n}")), kind()));
    let supervisor = stage.supervisor();
    let mut monitor = stage.watch(&supervisor, tasks).await;
    let claimant = super::claimant(&["work"]);
    loop {
        let ids = popkit_protocol::RandomIds;
        let request = claimant.step(&ids).with_claim(claimant.wants(256, &ids));
        let leases = stage.store.step(request).await.unwrap().leases;
        if leases.is_empty() {
            break;
        }
        let done = leases.into_iter().fold(claimant.step(&ids), |step, lease| {
            step.with_finish(lease.token, popkit_protocol::Outcome::Done { result: None })
        });
        stage.store.step(done).await.unwrap();
    }
    assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
    assert_eq!((monitor.progress().done, monitor.progress().total), (1200, 1200));
}

#[tokio::test]
async fn a_person_is_waited_for() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let tasks = [task("a", &[]).with_review(), task("b", &["a"]), task("c", &[]).in_backlog()];
        let mut monitor = stage.watch(&supervisor, tasks).await;
        stage.done("a").await;
        settle(&mut monitor).await;
        let look = monitor.progress();
        assert_eq!((look.waiting, look.blocked, look.blockers.len()), (2, 1, 0));
        stage.change("a", Action::Approve).await;
        stage.change("c", Action::Enqueue).await;
        settle(&mut monitor).await;
        assert_eq!((monitor.progress().waiting, monitor.progress().coming), (0, 2));
    }
}

#[tokio::test]
async fn a_plan_that_is_not_stored_is_refused() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let plan = publish(&supervisor, [task("a", &[])]).await;
        stage.done("a").await;
        stage.pass(1);
        let old = PruneQuery::before(popkit_protocol::Timestamp::MAX);
        assert_eq!(stage.store.prune(old).await.unwrap(), 1);
        let error = supervisor.monitor(&plan).await.unwrap_err();
        assert!(matches!(&error, SupervisorError::Missing { task } if *task == id("a")), "{error}");
    }
}

#[tokio::test]
async fn a_task_that_was_removed_and_made_again_is_followed() {
    for stage in Stage::both().await {
        let supervisor = stage.supervisor();
        let mut monitor = stage.watch(&supervisor, [task("a", &[]), task("b", &[])]).await;
        stage.done("a").await;
        settle(&mut monitor).await;
        stage.pass(1);
        let old = PruneQuery::before(popkit_protocol::Timestamp::MAX);
        assert_eq!(stage.store.prune(old).await.unwrap(), 1);
        stage.store.insert(task("a", &[])).await.unwrap();
        settle(&mut monitor).await;
        assert_eq!((monitor.progress().done, monitor.progress().coming), (0, 2));
    }
}

#[tokio::test]
async fn an_empty_plan_is_complete() {
    let stage = Stage::memory();
    let supervisor = stage.supervisor();
    let mut monitor = stage.watch(&supervisor, []).await;
    assert_eq!(monitor.turn().await.unwrap(), Some(Ending::Complete));
    assert!(monitor.summary(Ending::Complete).is_success());
}
