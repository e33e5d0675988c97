//! Rules of lanes in the file: from a file without them, and over several handles.

use std::num::NonZeroU32;
use std::time::Duration;

use popkit_protocol::{Outcome, RandomIds, Requirement, TaskKind};
use popkit_store::{
    Action, ChangeRequest, CountQuery, LaneRule, TaskStore, TaskStoreExt as _, Waiter, WakeReason,
};
use popkit_testkit::scratch;
use tokio::task::JoinSet;

use super::support::{agent, beside, done, id, number, open, task, task_of};

/// Makes a file of version 2 one of version 1, as popkit 0.1 left it.
const BACK_TO_ONE: &str = "
    UPDATE counter SET n = n + (SELECT n FROM counter AS held
            WHERE held.lane = counter.lane AND held.place = 11)
        WHERE place = 6 AND EXISTS
            (SELECT 1 FROM counter AS held WHERE held.lane = counter.lane AND held.place = 11);
    INSERT OR IGNORE INTO counter(lane, place, n) SELECT lane, 6, n FROM counter WHERE place = 11;
    DELETE FROM counter WHERE place = 11;
    ALTER TABLE lane DROP COLUMN paused;
    ALTER TABLE lane DROP COLUMN most;
    PRAGMA user_version = 1";

fn lane(kind: &str) -> Requirement {
    Requirement::new(TaskKind::new(kind).unwrap())
}

fn at_most(leases: u32) -> LaneRule {
    LaneRule::default().limit(NonZeroU32::new(leases))
}

fn schema(folder: impl AsRef<std::path::Path>) -> Vec<String> {
    let file = beside(folder);
    let mut texts = file.prepare("SELECT coalesce(sql, name) FROM sqlite_schema").unwrap();
    let texts = texts.query_map([], |row| row.get(0)).unwrap();
    texts.collect::<rusqlite::Result<_>>().unwrap()
}

#[tokio::test]
async fn file_without_rules_gets_them() {
    let folder = scratch();
    let by = agent("a");
    let store = open(&folder).await;
    store.insert_many((0..6).map(|n| task(&format!("t{n}"))).collect()).await.unwrap();
    store.insert(task_of("other", "u")).await.unwrap();
    store.change(ChangeRequest::new(id("t5"), Action::Pause { reason: None }, "me")).await.unwrap();
    for _ in 0..3 {
        let lease = store.claim(&by).await.unwrap().unwrap();
        if lease.task.id() != &id("t0") {
            store.finish(&by, &lease, Outcome::Pause { reason: None }).await.unwrap();
        }
    }
    let (lanes, with_lanes) = (store.lanes().await.unwrap(), CountQuery::default().with_lanes());
    let counts = store.counts(with_lanes).await.unwrap();
    let now = schema(&folder);
    store.close().await.unwrap();
    beside(&folder).execute_batch(BACK_TO_ONE).unwrap();
    let sql = "SELECT n FROM counter WHERE place = 6";
    assert_eq!(number(&beside(&folder), sql), 3, "as version 1 counted");

    let store = open(&folder).await;
    assert_eq!(schema(&folder), now);
    assert_eq!(store.counts(with_lanes).await.unwrap(), counts);
    assert_eq!(store.lanes().await.unwrap(), lanes);
    assert_eq!(lanes.iter().map(|lane| lane.held).collect::<Vec<_>>(), [3, 0]);
    let status = store.set_lane(lane("build"), at_most(4)).await.unwrap();
    assert_eq!((status.held, status.ready, status.claimable()), (3, 2, 1));
    let request = by.step(&RandomIds).with_claim(by.wants(9, &RandomIds));
    let claimed = store.step(request).await.unwrap().leases;
    let names: Vec<_> = claimed.iter().map(|lease| lease.task.id().as_str()).collect();
    assert_eq!(names, ["t3", "u"]);
}

/// What another handle writes is not overlooked where this one is never idle.
#[tokio::test]
async fn work_of_another_handle_wakes_beside_own_writes() {
    let folder = scratch();
    let (one, two) = (open(&folder).await, open(&folder).await);
    let (by, busy) = (agent("a"), agent("busy"));
    let waiter = Waiter::new(by.holder, 0, by.wants(1, &RandomIds), Duration::from_secs(60));
    let mut waiting = JoinSet::new();
    waiting.spawn({
        let one = one.clone();
        async move { one.wait(waiter).await }
    });
    let mut woken = None;
    for round in 0..20_000 {
        if round == 100 {
            two.insert(task("t")).await.unwrap();
        }
        woken = waiting.try_join_next();
        if woken.is_some() {
            break;
        }
        one.step(busy.step(&RandomIds)).await.unwrap();
    }
    let wake = woken.expect("the waiter is woken").unwrap().unwrap();
    assert_eq!(wake.reason, WakeReason::Ready);
    let lease = one.claim(&by).await.unwrap().unwrap();
    one.finish(&by, &lease, done()).await.unwrap();
}

/// Of rules set at once, in one transaction or several, every handle goes by the last.
#[tokio::test]
async fn cached_rules_are_those_of_the_file() {
    let folder = scratch();
    let (one, two) = (open(&folder).await, open(&folder).await);
    let by = agent("a");
    one.insert_many((0..9).map(|n| task(&format!("t{n}"))).collect()).await.unwrap();
    for most in [1, 3, 2] {
        let mut setting = JoinSet::new();
        for n in 0..8 {
            let (one, rule) = (one.clone(), at_most(if n == 7 { most } else { 9 }));
            setting.spawn(async move { one.set_lane(lane("build"), rule).await.unwrap() });
        }
        setting.join_all().await;
        let rule = one.lanes().await.unwrap()[0].rule;
        assert_eq!(two.lanes().await.unwrap()[0].rule, rule);
        let held = two.lanes().await.unwrap()[0].held;
        let request = by.step(&RandomIds).with_claim(by.wants(9, &RandomIds));
        let got = two.step(request).await.unwrap().leases.len();
        assert_eq!(u64::try_from(got).unwrap(), rule.places(held).min(9 - held));
    }
}
