//! A store behind a bad line: no task is lost, none is done twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use popkit_coordinator::{Agent, TaskContext};
use popkit_protocol::{Change, TaskId, TaskState};
use popkit_store::TaskStoreExt as _;
use popkit_store::layer::{Fault, FaultOptions, FaultRates, Injection, Operation};
use tokio::time::sleep;

use super::{Diary, Stage, does, millis, secs, task, worker};

fn diligent(diary: &Diary<String>) -> Arc<dyn Agent> {
    let diary = diary.clone();
    does(move |cx: TaskContext| {
        let diary = diary.clone();
        async move {
            sleep(millis(300)).await;
            diary.note(cx.id().to_string());
            Ok(())
        }
    })
}

async fn fill(stage: &Stage, count: usize) -> Vec<TaskId> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(stage.insert(task(&format!("t-{n}"))).await);
    }
    ids
}

async fn all_done(stage: &Stage, ids: &[TaskId]) {
    for id in ids {
        stage.until(id, |task| task.state.is_terminal()).await;
    }
    for id in ids {
        assert_eq!(stage.get(id).await.state, TaskState::Done, "{id}");
        let events = stage.store.events_of(id).await.unwrap();
        let ends = events.iter().filter(|event| matches!(event.change, Change::Completed { .. }));
        assert_eq!(ends.count(), 1, "{id}");
    }
}

fn each_once(diary: &Diary<String>, count: usize) {
    let mut times = BTreeMap::new();
    for id in diary.read() {
        *times.entry(id).or_insert(0) += 1;
    }
    assert_eq!(times.len(), count);
    assert!(times.values().all(|&n| n == 1), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_the_lease_costs_only_time() {
    let stage = Stage::new();
    let ids = fill(&stage, 20).await;
    let diary = Diary::new();
    let (report, ()) = stage
        .beside(worker().slots(3), diligent(&diary), async {
            sleep(millis(1000)).await;
            stage.line.down();
            sleep(secs(8)).await;
            stage.line.up();
            all_done(&stage, &ids).await;
        })
        .await;
    assert_eq!((report.done, report.lost), (20, 0));
    each_once(&diary, 20);
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_lease_loses_no_task() {
    let stage = Stage::new();
    let ids = fill(&stage, 12).await;
    let diary = Diary::new();
    let (report, ()) = stage
        .beside(worker().slots(3), diligent(&diary), async {
            sleep(millis(1000)).await;
            stage.line.down();
            sleep(secs(90)).await;
            stage.line.up();
            all_done(&stage, &ids).await;
        })
        .await;
    assert_eq!(report.done, 12);
    stage.nothing_is_held().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again() {
    let stage = Stage::new();
    let ids = fill(&stage, 2).await;
    stage.line.script(Operation::Step, [Injection::Lose, Injection::Lose, Injection::Lose]);
    let diary = Diary::new();
    let (report, ()) = stage.beside(worker(), diligent(&diary), all_done(&stage, &ids)).await;
    assert_eq!((report.claimed, report.done), (2, 2));
    each_once(&diary, 2);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_fails_loses_doubles_and_delays_does_no_harm() {
    for seed in 1..=12 {
        let rates =
            FaultRates::default().fail(0.15).lose(0.15).twice(0.1).delay(0.1).delay_reply(0.1);
        let options = FaultOptions::seeded(seed).every(rates.longest(millis(200)));
        let stage = Stage::with(|store| Fault::with_options(store, options.clone()));
        let ids = fill(&stage, 30).await;
        let diary = Diary::new();
        let (report, ()) =
            stage.beside(worker().slots(4), diligent(&diary), all_done(&stage, &ids)).await;
        assert_eq!((report.done, report.lost), (30, 0), "seed {seed}");
        each_once(&diary, 30);
        stage.nothing_is_held().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_wait_is_polled_ever_more_slowly() {
    let options = FaultOptions::default().on(Operation::Wait, FaultRates::default().fail(1.0));
    let stage = Stage::with(|store| Fault::with_options(store, options.clone()));
    let diary = Diary::new();
    stage.beside(worker(), diligent(&diary), sleep(secs(120))).await;
    let steps = stage.line.injected_into(Operation::Step).calls;
    assert!((20..200).contains(&steps), "{steps} steps in two idle minutes");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_asks_for_patience_gets_it() {
    let stage = Stage::new();
    stage.line.script(Operation::Step, [Injection::SlowDown(secs(30)); 2]);
    let diary = Diary::new();
    stage.beside(worker(), diligent(&diary), sleep(secs(45))).await;
    assert_eq!(stage.line.injected_into(Operation::Step).calls, 2);
}
