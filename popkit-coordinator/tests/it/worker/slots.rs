//! Several tasks at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use popkit_protocol::TaskState;
use tokio::time::{Instant, sleep};

use super::{Stage, does, secs, task, worker};

#[tokio::test(start_paused = true)]
async fn slots_run_in_parallel_up_to_the_limit() {
    let stage = Stage::new();
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(stage.insert(task(&format!("t-{n}"))).await);
    }
    let (now, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let agent = does({
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        move |_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(secs(1)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        }
    });
    let began = Instant::now();
    let (report, took) = stage
        .beside(worker().slots(2), agent, async {
            for id in &ids {
                stage.until_state(id, TaskState::Done).await;
            }
            began.elapsed()
        })
        .await;
    assert_eq!((report.claimed, report.done, report.lost), (6, 6, 0));
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert!(took >= secs(3) && took < secs(4), "three rounds of one second: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn work_that_comes_later_wakes_an_idle_worker() {
    let stage = Stage::new();
    let (report, took) = stage
        .beside(worker(), does(|_| async { Ok(()) }), async {
            sleep(secs(3)).await;
            let id = stage.insert(task("late")).await;
            let began = Instant::now();
            stage.until_state(&id, TaskState::Done).await;
            began.elapsed()
        })
        .await;
    assert_eq!(report.done, 1);
    assert!(took < secs(1), "{took:?}");
}
