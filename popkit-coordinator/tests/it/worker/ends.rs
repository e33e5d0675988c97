//! How attempts end.

use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::{Agent, StopReason, TaskContext, TaskError};
use popkit_protocol::{Outcome, RetryPolicy, TaskState};
use popkit_store::{Error, ErrorKind, StepRequest, TaskStoreExt as _};
use std::sync::Arc;
use tokio::time::sleep;

use super::hooked::Hooked;
use super::{Diary, Stage, does, secs, task, worker};

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failed_attempt_and_the_worker_goes_on() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let agent = does(|cx| async move {
        assert!(cx.attempt() > 1, "the first one panics");
        Ok(())
    });
    let (report, task) =
        stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!((report.failed, report.done), (1, 1));
    let failure = &task.errors[0].failure;
    assert_eq!(failure.kind, "panic");
    assert!(failure.text.contains("the first one panics"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_beyond_its_timeout_is_stopped_and_failed() {
    let stage = Stage::new();
    let spec = task("t").with_timeout(secs(40)).with_retry(RetryPolicy::never());
    let id = stage.insert(spec).await;
    let reasons = Diary::new();
    let agent = does({
        let reasons = reasons.clone();
        move |cx| {
            let reasons = reasons.clone();
            async move {
                let reason = cx.stopped().await;
                reasons.note(reason);
                // Deaf to the order: it is dropped.
                std::future::pending().await
            }
        }
    });
    let (report, task) =
        stage.beside(worker(), agent, stage.until_state(&id, TaskState::Failed)).await;
    assert_eq!(reasons.read(), [StopReason::TimedOut]);
    assert_eq!(task.errors[0].failure.kind, "timeout");
    assert_eq!((report.failed, report.lost), (1, 0), "its lease was renewed meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beyond_all_time_is_none() {
    let stage = Stage::new();
    let id = stage.insert(task("t").with_timeout(Duration::MAX)).await;
    let agent = does(|_| async { Ok(()) });
    let (report, _) = stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!(report.done, 1);
}

#[tokio::test(start_paused = true)]
async fn done_within_the_grace_counts() {
    let stage = Stage::new();
    let id = stage.insert(task("t").with_timeout(secs(5))).await;
    let agent = does(|cx: TaskContext| async move {
        cx.stopped().await;
        sleep(secs(1)).await;
        Ok(())
    });
    let (report, _) = stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!((report.done, report.failed), (1, 0));
}

struct Pauses;

#[async_trait]
impl Agent for Pauses {
    async fn execute(&self, _: &TaskContext) -> Outcome {
        Outcome::Pause { reason: None }
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_cannot_end_in_a_pause() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let end = stage.until_state(&id, TaskState::Failed);
    let (_, task) = stage.beside(worker(), Arc::new(Pauses), end).await;
    assert!(task.errors[0].failure.text.contains("TaskContext::pause"));
}

fn refuses_results(request: &StepRequest) -> Option<Error> {
    let done = |outcome: &Outcome| matches!(outcome, Outcome::Done { .. });
    let refused = request.finish.iter().any(|one| done(&one.outcome));
    refused.then(|| Error::new(ErrorKind::PayloadTooLarge, "the result is beyond 1 byte"))
}

#[tokio::test(start_paused = true)]
async fn an_outcome_the_store_refuses_fails_the_task_not_the_worker() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let mut store = Hooked::new(stage.store.clone());
    store.refuse_step = Some(refuses_results);
    let shutdown = popkit_coordinator::Shutdown::new();
    let agent = does(|_| async { Ok(()) });
    let worker = worker().build(Arc::new(store), agent).unwrap();
    let (report, task) = tokio::join!(worker.run_until(&shutdown), async {
        let task = stage.until_state(&id, TaskState::Failed).await;
        shutdown.drain();
        task
    });
    assert_eq!(report.unwrap().failed, 1);
    assert!(task.errors[0].failure.text.contains("beyond 1 byte"));
}

#[tokio::test(start_paused = true)]
async fn an_operators_cancel_reaches_the_running_handler() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let reasons = Diary::new();
    let agent = does({
        let reasons = reasons.clone();
        move |cx: TaskContext| {
            let reasons = reasons.clone();
            async move {
                let reason = cx.stopped().await;
                assert_eq!(
                    cx.progress(0.5, "").await,
                    Err(TaskError::Stopped(StopReason::Cancelled))
                );
                reasons.note(reason);
                Ok(())
            }
        }
    });
    let (report, ()) = stage
        .beside(worker(), agent, async {
            stage.until_state(&id, TaskState::Assigned).await;
            stage.store.cancel(&id, "op", None).await.unwrap();
            // One heartbeat later, at the latest.
            sleep(secs(6)).await;
            assert_eq!(reasons.read(), [StopReason::Cancelled]);
        })
        .await;
    assert_eq!((report.lost, report.done), (1, 0));
    assert_eq!(stage.get(&id).await.state, TaskState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn no_progress_in_time_stops_the_renewing_and_fails_the_attempt() {
    let stage = Stage::new();
    let id = stage.insert(task("t").with_progress_every(secs(12))).await;
    let reasons = Diary::new();
    let agent = does({
        let reasons = reasons.clone();
        move |cx: TaskContext| {
            let reasons = reasons.clone();
            async move {
                if cx.attempt() == 1 {
                    // Moves for a while, then no more.
                    for _ in 0..5 {
                        sleep(secs(10)).await;
                        cx.progress(0.1, "slow").await?;
                    }
                    reasons.note(cx.stopped().await);
                }
                Ok(())
            }
        }
    });
    let (_, task) = stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!(reasons.read(), [StopReason::Stalled]);
    // It answered the order to stop with success, which counts; a failure would be `stalled`.
    assert!(task.errors.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stalled_attempt_that_is_deaf_is_tried_again() {
    let stage = Stage::new();
    let id = stage.insert(task("t").with_progress_every(secs(12))).await;
    let agent = does(|cx: TaskContext| async move {
        if cx.attempt() == 1 {
            std::future::pending::<()>().await;
        }
        Ok(())
    });
    let (report, task) =
        stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!(task.errors[0].failure.kind, "stalled");
    assert_eq!((report.failed, report.done, task.abandons), (1, 1, 0));
}
