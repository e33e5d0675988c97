//! Tasks that come with the end of a wait.

use std::sync::Arc;

use popkit_coordinator::{Shutdown, TaskContext, WorkerReport};
use popkit_protocol::TaskState;
use popkit_store::layer::{Fault, Injection, Operation};
use popkit_store::{MemoryStore, TaskStore};
use tokio::time::sleep;

use super::hooked::Hooked;
use super::{Diary, Stage, does, millis, secs, task, worker};

/// An idle worker on a store that hands off, told so `late`; what was left of the lease when
/// each attempt began, and in which attempt and by how many abandons.
async fn run(
    stage: &Stage,
    store: Arc<dyn TaskStore>,
    id: &str,
) -> (WorkerReport, Vec<(u32, std::time::Duration)>) {
    let began = Diary::new();
    let agent = does({
        let began = began.clone();
        move |cx: TaskContext| {
            began.note((cx.attempt(), cx.remaining()));
            async { Ok(()) }
        }
    });
    let shutdown = Shutdown::new();
    let worker = worker().build(store, agent).unwrap();
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        sleep(secs(1)).await;
        let id = stage.insert(task(id)).await;
        stage.until_state(&id, TaskState::Done).await;
        shutdown.drain();
    });
    (report.unwrap(), began.read())
}

fn hands_off(line: Fault<MemoryStore>, late: std::time::Duration) -> Hooked<Fault<MemoryStore>> {
    let mut store = Hooked::new(line);
    store.hand_off_after = Some(late);
    store
}

#[tokio::test(start_paused = true)]
async fn a_handed_off_lease_is_renewed_before_the_work_begins() {
    let stage = Stage::new();
    let store = hands_off(stage.line.clone(), secs(14));
    let (report, began) = run(&stage, Arc::new(store.clone()), "t").await;
    assert_eq!((report.claimed, report.done, report.lost), (1, 1, 0));
    assert_eq!(store.calls.read()[..3], ["step", "wait", "heartbeat"]);
    // A second of the lease was left; renewed, it is whole but for the margin.
    assert_eq!(began, [(1, secs(12))]);
}

#[tokio::test(start_paused = true)]
async fn a_handed_off_lease_that_was_lost_is_not_worked_on() {
    let stage = Stage::new();
    // Too late: another look at the store has rescued it by then.
    let store = hands_off(stage.line.clone(), secs(40));
    let began = Diary::new();
    let agent = does({
        let began = began.clone();
        move |cx: TaskContext| {
            began.note(cx.task().abandons);
            async { Ok(()) }
        }
    });
    let shutdown = Shutdown::new();
    let worker = worker().build(Arc::new(store), agent).unwrap();
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        sleep(secs(1)).await;
        let id = stage.insert(task("t")).await;
        for _ in 0..4 {
            sleep(secs(8)).await;
            // Any call looks at expired leases.
            let beat =
                popkit_store::Heartbeat::new(popkit_protocol::HolderId::from_bits(1), secs(1));
            stage.store.heartbeat(beat).await.unwrap();
        }
        stage.until_state(&id, TaskState::Done).await;
        shutdown.drain();
    });
    assert_eq!(report.unwrap().done, 1);
    assert_eq!(began.read(), [1], "begun once, after the rescue");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_is_tried_again() {
    let stage = Stage::new();
    stage.line.script(Operation::Heartbeat, [Injection::Fail, Injection::Lose, Injection::Fail]);
    let store = hands_off(stage.line.clone(), millis(1));
    let (report, began) = run(&stage, Arc::new(store), "t").await;
    assert_eq!((report.done, began.len()), (1, 1));
    assert_eq!(began[0].0, 1, "not rescued first");
}
