//! Ending a worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use popkit_coordinator::{Shutdown, StopReason, TaskContext, TaskError};
use popkit_protocol::TaskState;
use popkit_store::layer::{Injection, Operation};
use popkit_store::{ErrorKind, TaskStoreExt as _};
use tokio::time::{Instant, sleep};

use super::{Diary, Stage, does, millis, secs, task, worker};

#[tokio::test(start_paused = true)]
async fn a_drain_lets_running_tasks_finish_and_claims_no_more() {
    let stage = Stage::new();
    let (first, second) = (stage.insert(task("a")).await, stage.insert(task("b")).await);
    let agent = does(|_| async {
        sleep(secs(8)).await;
        Ok(())
    });
    let (report, _) =
        stage.beside(worker(), agent, stage.until_state(&first, TaskState::Assigned)).await;
    assert_eq!((report.claimed, report.done), (1, 1));
    assert_eq!(stage.get(&second).await.state, TaskState::Pending);
    stage.nothing_is_held().await;
}

#[tokio::test(start_paused = true)]
async fn after_the_grace_tasks_are_given_back_uncounted() {
    let stage = Stage::new();
    let deaf = stage.insert(task("deaf")).await;
    let keen = stage.insert(task("keen")).await;
    let reasons = Diary::new();
    let agent = does({
        let reasons = reasons.clone();
        move |cx: TaskContext| {
            let reasons = reasons.clone();
            async move {
                if cx.id().as_str() == "deaf" {
                    std::future::pending::<()>().await;
                }
                let reason = cx.stopped().await;
                reasons.note(reason);
                cx.checkpoint(&1).await.or(Err(TaskError::Stopped(reason)))
            }
        }
    });
    let builder = worker().slots(2).grace(secs(40)).stop_grace(secs(1));
    let began = Instant::now();
    let (report, _) = stage
        .beside(builder, agent, async {
            stage.until_state(&deaf, TaskState::Assigned).await;
            stage.until_state(&keen, TaskState::Assigned).await;
        })
        .await;
    assert!(began.elapsed() < secs(43), "{:?}", began.elapsed());
    assert_eq!(reasons.read(), [StopReason::Shutdown]);
    assert_eq!((report.given_back, report.lost), (2, 0), "heartbeats went on in the drain");
    for id in [&deaf, &keen] {
        let task = stage.get(id).await;
        assert_eq!((task.state, task.attempt, task.abandons), (TaskState::Pending, 0, 0), "{id}");
    }
    stage.nothing_is_held().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_now_does_not_wait_for_the_grace() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let agent = does(|_| std::future::pending());
    let shutdown = Shutdown::new();
    let worker = worker().grace(secs(3600)).build(Arc::new(stage.line.clone()), agent).unwrap();
    let began = Instant::now();
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        stage.until_state(&id, TaskState::Assigned).await;
        shutdown.now();
    });
    assert_eq!(report.unwrap().given_back, 1);
    assert!(began.elapsed() < secs(3), "{:?}", began.elapsed());
    let task = stage.get(&id).await;
    assert_eq!((task.state, task.attempt), (TaskState::Pending, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_claimed_while_the_drain_begins_is_given_back_unbegun() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    stage.line.script(Operation::Step, [Injection::DelayReply(secs(2))]);
    let begun = Arc::new(AtomicU32::new(0));
    let agent = does({
        let begun = Arc::clone(&begun);
        move |_| {
            begun.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        }
    });
    let (report, ()) = stage.beside(worker(), agent, sleep(secs(1))).await;
    assert_eq!((report.claimed, report.given_back), (0, 1));
    assert_eq!(begun.load(Ordering::SeqCst), 0);
    let task = stage.get(&id).await;
    assert_eq!((task.state, task.attempt), (TaskState::Pending, 0));
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_ends_though_the_store_is_gone() {
    let stage = Stage::new();
    stage.line.down();
    let began = Instant::now();
    let (report, ()) = stage.beside(worker(), does(|_| async { Ok(()) }), sleep(secs(120))).await;
    assert_eq!(report.claimed, 0);
    assert!(began.elapsed() < secs(121), "nothing to report: {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_cannot_be_reported_ends_the_drain_after_a_lease() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let line = stage.line.clone();
    let agent = does(move |_| {
        line.down();
        async { Ok(()) }
    });
    let shutdown = Shutdown::new();
    let worker = worker().build(Arc::new(stage.line.clone()), agent).unwrap();
    let began = Instant::now();
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        stage.until_state(&id, TaskState::Assigned).await;
        shutdown.drain();
    });
    assert_eq!(report.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(began.elapsed() < secs(15 + 6), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_never_answered_is_asked_again() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let reports = [Injection::Pass, Injection::DelayReply(secs(100_000))];
    stage.line.script(Operation::Step, reports);
    let began = Instant::now();
    let agent = does(|_| async {
        sleep(millis(10)).await;
        Ok(())
    });
    let (report, ()) = stage
        .beside(worker(), agent, async {
            stage.until_state(&id, TaskState::Done).await;
            let next = stage.insert(task("next")).await;
            stage.until_state(&next, TaskState::Done).await;
        })
        .await;
    assert_eq!((report.claimed, report.done), (2, 2));
    assert!(began.elapsed() < secs(30), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_closed_store_ends_the_worker() {
    let stage = Stage::new();
    let shutdown = Shutdown::new();
    let worker = worker().slots(3).build(Arc::new(stage.store.clone()), does(|_| async { Ok(()) }));
    let worker = worker.unwrap();
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        sleep(secs(1)).await;
        popkit_store::TaskStore::close(&stage.store).await.unwrap();
    });
    assert_eq!(report.unwrap_err().kind(), ErrorKind::Closed);
    assert!(stage.store.get(&"t".try_into().unwrap()).await.is_err());
}
