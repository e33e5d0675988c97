//! Waiting for a decision.

use popkit_coordinator::{StopReason, TaskContext, TaskError};
use popkit_protocol::{TaskId, TaskState};
use popkit_store::layer::{Injection, Operation};
use popkit_store::{Action, ChangeRequest, TaskStore, TaskStoreExt as _};
use std::sync::Arc;
use tokio::time::sleep;

use super::{Diary, Stage, does, millis, secs, task, worker};

async fn resume(stage: &Stage, id: &TaskId) {
    let request = ChangeRequest::new(id.clone(), Action::Resume, "op");
    stage.store.change(request).await.unwrap();
}

/// Works for `before`, pauses, works for `after`.
fn asks(before: u64, after: u64) -> Arc<dyn popkit_coordinator::Agent> {
    does(move |cx: TaskContext| async move {
        sleep(millis(before)).await;
        cx.pause("may I?").await?;
        sleep(millis(after)).await;
        Ok(())
    })
}

#[tokio::test(start_paused = true)]
async fn a_paused_task_keeps_its_lease_until_it_is_resumed() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let (report, ()) = stage
        .beside(worker(), asks(100, 100), async {
            let paused = stage.until_state(&id, TaskState::Paused).await;
            sleep(secs(100)).await;
            let later = stage.get(&id).await;
            assert_eq!(later.state, TaskState::Paused);
            let (then, now) = (paused.hold.unwrap(), later.hold.unwrap());
            assert_eq!((then.fence, then.claim), (now.fence, now.claim));
            assert!(now.deadline > then.deadline, "heartbeats go on");
            resume(&stage, &id).await;
            let done = stage.until_state(&id, TaskState::Done).await;
            assert_eq!((done.attempt, done.abandons), (1, 0));
        })
        .await;
    assert_eq!((report.claimed, report.done, report.lost), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_from_before_the_pause_does_not_end_it() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    // The heartbeat at 5 s finds the task running; its answer comes at 8 s, in the pause.
    stage.line.script(Operation::Heartbeat, [Injection::DelayReply(secs(3))]);
    stage
        .beside(worker(), asks(6000, 0), async {
            let then = stage.until_state(&id, TaskState::Paused).await;
            sleep(secs(30)).await;
            let now = stage.get(&id).await;
            assert_eq!((now.state, now.fence), (TaskState::Paused, then.fence), "nobody decided");
            assert_eq!(stage.line.injected_into(Operation::Heartbeat).delayed, 1);
            resume(&stage, &id).await;
            stage.until_state(&id, TaskState::Done).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_no_stall() {
    let stage = Stage::new();
    let id = stage.insert(task("t").with_progress_every(secs(20))).await;
    let (report, ()) = stage
        .beside(worker(), asks(100, 15_000), async {
            stage.until_state(&id, TaskState::Paused).await;
            sleep(secs(100)).await;
            resume(&stage, &id).await;
            let done = stage.until_state(&id, TaskState::Done).await;
            assert!(done.errors.is_empty(), "{:?}", done.errors);
        })
        .await;
    assert_eq!((report.done, report.failed), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_ends_the_pause() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let ends = Diary::new();
    let agent = does({
        let ends = ends.clone();
        move |cx: TaskContext| {
            let ends = ends.clone();
            async move {
                let end = cx.pause("may I?").await;
                ends.note(end.clone());
                end
            }
        }
    });
    stage
        .beside(worker(), agent, async {
            stage.until_state(&id, TaskState::Paused).await;
            stage.store.cancel(&id, "op", None).await.unwrap();
            sleep(secs(6)).await;
            assert_eq!(ends.read(), [Err(TaskError::Stopped(StopReason::Cancelled))]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_a_cancelled_task_is_refused_at_once() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let ends = Diary::new();
    let agent = does({
        let ends = ends.clone();
        move |cx: TaskContext| {
            let ends = ends.clone();
            async move {
                sleep(secs(2)).await;
                let end = cx.pause("may I?").await;
                ends.note(end.clone());
                end
            }
        }
    });
    stage
        .beside(worker(), agent, async {
            stage.until_state(&id, TaskState::Assigned).await;
            stage.store.cancel(&id, "op", None).await.unwrap();
            sleep(secs(3)).await;
            assert_eq!(ends.read(), [Err(TaskError::Stopped(StopReason::Cancelled))]);
        })
        .await;
}
