//! Losing a lease.

use popkit_coordinator::{StopReason, TaskContext, TaskError};
use popkit_protocol::{AgentId, Kinds, Profile, RandomIds, TaskState};
use popkit_store::layer::{Fault, FaultOptions, FaultRates, Injection, Operation};
use popkit_store::{Claimant, TaskStoreExt as _};
use tokio::time::{Instant, sleep};

use super::{Diary, Stage, does, millis, secs, task, worker};

fn rival() -> Claimant {
    Claimant::new(&RandomIds, Profile::new(AgentId::new("rival").unwrap(), Kinds::Any, []))
}

#[tokio::test(start_paused = true)]
async fn a_rescued_task_stops_its_old_holder_which_reports_nothing() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    let reasons = Diary::new();
    let agent = does({
        let reasons = reasons.clone();
        move |cx: TaskContext| {
            let reasons = reasons.clone();
            async move {
                reasons.note(cx.stopped().await);
                Err(TaskError::fail("must not be reported"))
            }
        }
    });
    let (report, ()) = stage
        .beside(worker(), agent, async {
            stage.until_state(&id, TaskState::Assigned).await;
            // The store's clock jumps: two looks, and the task is another's.
            let rival = rival();
            stage.clock.advance(secs(16));
            assert!(stage.store.claim(&rival).await.unwrap().is_none(), "the first look");
            stage.clock.advance(secs(6));
            let lease = stage.store.claim(&rival).await.unwrap().expect("the second look");
            sleep(secs(6)).await;
            assert_eq!(reasons.read(), [StopReason::LeaseLost]);
            let held = stage.get(&id).await;
            assert!(held.hold.unwrap().is(&lease.token), "the rival holds it still");
            stage.store.finish(&rival, &lease, popkit_protocol::Outcome::Release).await.unwrap();
            stage.store.cancel(&id, "test", None).await.unwrap();
        })
        .await;
    assert_eq!((report.lost, report.failed, report.done), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn heartbeats_that_fail_stop_the_handler_before_the_lease_ends() {
    let rates = FaultRates::default().fail(1.0);
    let options = FaultOptions::default().on(Operation::Heartbeat, rates);
    let stage = Stage::with(|store| Fault::with_options(store, options.clone()));
    let id = stage.insert(task("t")).await;
    let stops = Diary::new();
    let agent = does({
        let stops = stops.clone();
        move |cx: TaskContext| {
            let stops = stops.clone();
            async move {
                let began = Instant::now();
                let reason = cx.stopped().await;
                stops.note((reason, began.elapsed()));
                Err(TaskError::Stopped(reason))
            }
        }
    });
    let (_, held) = stage
        .beside(worker(), agent, async {
            while stops.read().is_empty() {
                sleep(millis(50)).await;
            }
            let held = stage.get(&id).await;
            stage.store.cancel(&id, "test", None).await.unwrap();
            held
        })
        .await;
    let (reason, after) = stops.read()[0];
    assert_eq!(reason, StopReason::LeaseLost);
    assert!(after > secs(11) && after <= secs(12), "a fifth before the end: {after:?}");
    assert_eq!((held.state, held.abandons), (TaskState::Assigned, 0), "the store's has not ended");
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_an_old_lease_does_not_touch_the_new_one() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    // The first heartbeat leaves at 5 s, while the first attempt runs, and is executed at
    // 6.5 s, when the second does.
    stage.line.script(Operation::Heartbeat, [Injection::Delay(millis(1500))]);
    let agent = does(|cx: TaskContext| async move {
        if cx.attempt() == 1 {
            sleep(millis(5500)).await;
            return Err(TaskError::retry("once more"));
        }
        tokio::select! {
            () = sleep(secs(4)) => Ok(()),
            reason = cx.stopped() => Err(TaskError::fail(format!("{reason:?}"))),
        }
    });
    let (report, task) =
        stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!((task.attempt, report.lost, report.done), (2, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_to_heartbeats_keep_the_lease() {
    let rates = FaultRates::default().delay(1.0).longest(millis(4500));
    let options = FaultOptions::seeded(7).on(Operation::Heartbeat, rates);
    let stage = Stage::with(|store| Fault::with_options(store, options.clone()));
    let id = stage.insert(task("t")).await;
    let agent = does(|cx: TaskContext| async move {
        tokio::select! {
            () = sleep(secs(300)) => Ok(()),
            reason = cx.stopped() => Err(TaskError::fail(format!("{reason:?}"))),
        }
    });
    let (report, _) = stage.beside(worker(), agent, stage.until_state(&id, TaskState::Done)).await;
    assert_eq!((report.done, report.lost), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_until_the_outcome_is_reported() {
    let stage = Stage::new();
    let id = stage.insert(task("t")).await;
    // The claim passes; then no report for four leases, while heartbeats come through.
    let rates = FaultRates::default().fail(1.0);
    let options = FaultOptions::default().on(Operation::Step, rates);
    let deaf = Fault::with_options(stage.store.clone(), options);
    deaf.script(Operation::Step, [Injection::Pass]);
    let shutdown = popkit_coordinator::Shutdown::new();
    let worker = worker().build(std::sync::Arc::new(deaf), does(|_| async { Ok(()) })).unwrap();
    let looks = async {
        for _ in 0..12 {
            sleep(secs(5)).await;
            assert!(stage.store.claim(&rival()).await.unwrap().is_none());
        }
    };
    tokio::select! {
        _ = worker.run_until(&shutdown) => panic!("nobody told it to end"),
        () = looks => {}
    }
    let task = stage.get(&id).await;
    assert_eq!((task.state, task.abandons), (TaskState::Assigned, 0), "nobody did it twice");
}
