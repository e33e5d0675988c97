//! What a handler reports on the way.

use std::sync::Arc;

use popkit_coordinator::{StopReason, TaskContext, TaskError};
use popkit_protocol::TaskState;
use popkit_store::layer::{Injection, Operation};
use tokio::time::sleep;

use super::{Diary, Stage, does, millis, secs, task, worker};

#[tokio::test(start_paused = true)]
async fn progress_and_checkpoint_arrive_soon() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let agent = does(|cx: TaskContext| async move {
        cx.progress(0.1, "begun").await?;
        cx.progress(0.5, "half").await?;
        cx.checkpoint(&7).await?;
        sleep(secs(2)).await;
        Ok(())
    });
    stage
        .beside(worker(), agent, async {
            let begun = tokio::time::Instant::now();
            let task = stage.until(&id, |task| task.checkpoint.is_some()).await;
            assert!(begun.elapsed() < secs(1), "not with the next regular heartbeat only");
            assert_eq!(task.state, TaskState::Active);
            assert_eq!(task.checkpoint.unwrap().as_str(), "7");
            let progress = task.progress.unwrap();
            assert_eq!((progress.fraction, progress.note.as_str()), (0.5, "half"));
            stage.until_state(&id, TaskState::Done).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_saved_just_before_a_failure_is_there_for_the_next_attempt() {
    for end in [TaskError::retry("halfway"), TaskError::Release, TaskError::snooze(millis(1))] {
        let stage = Stage::new();
        let id = stage.insert(task("t")).await;
        let found = Diary::new();
        let agent = does({
            let found = found.clone();
            move |cx: TaskContext| {
                let (found, end) = (found.clone(), end.clone());
                async move {
                    let saved = cx.task().checkpoint.clone();
                    found.note(saved.clone());
                    if saved.is_some() {
                        return Ok(());
                    }
                    cx.checkpoint("here").await?;
                    Err(end)
                }
            }
        });
        // Not even a lost answer or a failure may cost it.
        stage.line.script(Operation::Heartbeat, [Injection::Fail, Injection::Lose]);
        stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
        let texts: Vec<_> =
            found.read().into_iter().map(|json| json.map(|json| json.to_string())).collect();
        assert_eq!(texts, [None, Some("\"here\"".to_owned())]);
    }
}

#[tokio::test(start_paused = true)]
async fn reports_of_a_failed_heartbeat_are_sent_again() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    stage.line.script(Operation::Heartbeat, [Injection::Fail, Injection::Fail]);
    let agent = does(|cx: TaskContext| async move {
        cx.progress(0.5, "half").await?;
        cx.checkpoint(&7).await?;
        sleep(secs(30)).await;
        Ok(())
    });
    stage
        .beside(worker(), agent, async {
            let task = stage.until(&id, |task| task.checkpoint.is_some()).await;
            assert_eq!(task.progress.unwrap().note, "half");
            stage.until_state(&id, TaskState::Done).await;
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_context_that_outlives_its_attempt_is_deaf() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let leaked = Arc::new(std::sync::Mutex::new(None));
    let agent = does({
        let leaked = Arc::clone(&leaked);
        move |cx: TaskContext| {
            *leaked.lock().unwrap() = Some(cx);
            async { Ok(()) }
        }
    });
    stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    let cx = leaked.lock().unwrap().take().unwrap();
    let gone = Err(TaskError::Stopped(StopReason::LeaseLost));
    assert_eq!(cx.progress(0.5, "").await, gone);
    assert_eq!(cx.pause("?").await, gone);
}
