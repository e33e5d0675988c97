use popkit_protocol::{Clock as _, ManualClock};
use popkit_protocol::{Cursor, Kinds, Need, Outcome as End, Profile, RandomIds, TaskKind};
use popkit_store::{
    Claimant, HistoryQuery, MemoryOptions, MemoryStore, TaskStore, TaskStoreExt as _,
};
use std::sync::Arc;
use std::time::Duration;

use super::super::super::watch::standings;
use super::*;

/// A store whose time the test makes.
struct Stage {
    clock: Arc<ManualClock>,
    store: MemoryStore,
    claimant: Claimant,
    wanted: Vec<NewTask>,
    began: Timestamp,
}

impl Stage {
    async fn new(lines: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::default());
        let store = MemoryOptions::default().clock(Arc::<ManualClock>::clone(&clock)).open();
        let new = |line: &&str| {
            let mut words = line.split(' ').map(|word| TaskId::new(word).unwrap());
            let id = words.next().unwrap();
            NewTask::new(id, TaskKind::new("command").unwrap()).with_needs(words.map(Need::from))
        };
        let wanted: Vec<NewTask> = lines.iter().map(new).collect();
        store.insert_many(wanted.clone()).await.unwrap();
        let profile = Profile::new("agent".try_into().unwrap(), Kinds::Any, []);
        let began = clock.now();
        Self { clock, store, claimant: Claimant::new(&RandomIds, profile), wanted, began }
    }

    /// The next task waits and works so many seconds and ends like this.
    async fn work(&self, wait: u64, work: u64, end: End) {
        self.clock.advance(Duration::from_secs(wait));
        let lease = self.store.claim(&self.claimant).await.unwrap().expect("one is ready");
        self.clock.advance(Duration::from_secs(work));
        self.store.finish(&self.claimant, &lease, end).await.unwrap();
    }

    async fn done(&self, wait: u64, work: u64) {
        self.work(wait, work, End::Done { result: None }).await;
    }

    async fn report(&self, criteria: Vec<CriterionReport>) -> Report {
        let mut board = Board::new(self.began, "plan:p");
        let events = self.store.history(HistoryQuery::after(Cursor::START)).await.unwrap();
        for event in &events.items {
            board.take(event).unwrap();
        }
        let standings = standings(&board, std::slice::from_ref(&self.claimant.profile));
        compute(Basis {
            plan: ("p", "o"),
            times: (self.began, self.clock.now()),
            wanted: &self.wanted,
            board: &board,
            standings: &standings,
            changed: &HashSet::new(),
            criteria,
            interrupted: false,
        })
    }
}

#[tokio::test]
async fn times_are_counted_from_the_events() {
    let stage = Stage::new(&["a", "b a"]).await;
    stage.done(2, 3).await;
    stage.done(1, 4).await;
    let report = stage.report(Vec::new()).await;
    let times: Vec<_> =
        report.tasks.iter().map(|task| (task.wait_seconds, task.work_seconds)).collect();
    assert_eq!(times, [(2.0, 3.0), (1.0, 4.0)], "b was blocked, not waiting, before");
    assert_eq!((report.wall_seconds, report.work_seconds, report.parallelism), (10.0, 7.0, 0.7));
    assert_eq!((report.outcome, report.critical_path.seconds), (Outcome::Done, 7.0));
    assert_eq!(report.tasks[0].agent.as_deref(), Some("agent"));
}

#[tokio::test]
async fn an_earlier_run_counts_for_the_path_but_not_for_this_run() {
    let mut stage = Stage::new(&["a", "b a"]).await;
    stage.done(0, 5).await;
    stage.clock.advance(Duration::from_secs(100));
    stage.began = stage.clock.now();
    stage.done(0, 2).await;
    let report = stage.report(Vec::new()).await;
    assert_eq!((report.wall_seconds, report.work_seconds), (2.0, 2.0));
    assert_eq!(report.critical_path.seconds, 7.0);
    assert_eq!((report.counts.done, report.counts.done_before), (2, 1));
    assert!(report.tasks[0].before && !report.tasks[1].before);
}

#[tokio::test]
async fn causes_are_named_and_what_they_block_is_counted() {
    let stage = Stage::new(&["a", "b a", "c b", "d"]).await;
    stage.work(0, 1, End::fail("out of paper\nsecond line")).await;
    stage.done(0, 1).await;
    let report = stage.report(Vec::new()).await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(
        report.problems,
        ["task a failed: out of paper", "2 tasks blocked by failed task a"]
    );
    let states: Vec<&str> = report.tasks.iter().map(|task| task.state).collect();
    assert_eq!(states, ["failed", "blocked", "blocked", "done"]);
    assert_eq!(report.tasks[2].reason.as_deref(), Some("waits for a"));
}

#[tokio::test]
async fn a_criterion_that_does_not_hold_fails_the_run() {
    let stage = Stage::new(&["a"]).await;
    stage.done(0, 1).await;
    let detail = Some("exit code 1\nwhy".to_owned());
    let failed =
        CriterionReport { name: "n".into(), result: Checked::Failed, seconds: 0.0, detail };
    let report = stage.report(vec![failed]).await;
    assert_eq!(report.problems, [r#"criterion "n" does not hold: exit code 1"#]);
    assert_eq!(report.outcome, Outcome::Failed);
}

#[tokio::test]
async fn attempts_add_up_and_the_rest_between_them_does_not() {
    let stage = Stage::new(&["a"]).await;
    let retry = End::Retry {
        delay: Some(Duration::from_secs(60)),
        error: popkit_protocol::Failure::new("exit", "no"),
    };
    stage.work(1, 2, retry).await;
    stage.clock.advance(Duration::from_secs(60));
    stage.done(0, 4).await;
    let report = stage.report(Vec::new()).await;
    assert_eq!((report.tasks[0].work_seconds, report.tasks[0].attempts), (6.0, 2));
    assert_eq!(report.tasks[0].wait_seconds, 1.0);
    assert_eq!(report.tasks[0].error, None, "it ended well after all");
}
