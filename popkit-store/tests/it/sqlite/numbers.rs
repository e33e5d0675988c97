//! Numbers that are kept, not counted: they agree with a count, and never come again.

use popkit_protocol::{Cursor, Need, Outcome, RandomIds, Timestamp};
use popkit_store::{
    Action, ChangeRequest, CountQuery, HistoryQuery, PruneQuery, TaskStore as _, TaskStoreExt as _,
};
use popkit_testkit::scratch;

use super::support::{agent, beside, done, id, number, open, options, task, task_of, work_off};

/// A sequence that is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the counters say that a scan does not, both ways.
const DIFFERENCE: &str = "SELECT count(*) FROM (
    SELECT lane, place, n FROM counter WHERE n <> 0
    EXCEPT SELECT iif(place >= 8, 0, lane), iif(place = 6 AND holder NOTNULL, 11, place), count(*)
        FROM task GROUP BY 1, 2
    UNION ALL
    SELECT * FROM (
        SELECT iif(place >= 8, 0, lane), iif(place = 6 AND holder NOTNULL, 11, place), count(*)
        FROM task GROUP BY 1, 2
    EXCEPT SELECT lane, place, n FROM counter))";

#[tokio::test]
async fn counters_are_what_a_scan_counts() {
    let folder = scratch();
    let store = options(&folder).max_lanes(4).open().await.unwrap();
    let file = beside(&folder);
    let (mut dice, by, mut leases, mut most) = (Dice(7), agent("a"), Vec::new(), 0);
    for round in 0..600_u64 {
        let name = |n: u64| format!("t{n}");
        match dice.roll(8) {
            0 | 1 => {
                let mut new = task_of(&format!("kind-{}", dice.roll(6)), &name(round));
                if round > 10 && dice.roll(2) == 0 {
                    let parent = name(dice.roll(round));
                    new = new.with_needs([Need::from(id(&parent))]);
                }
                // Some have no such parent, some find no lane: those change nothing.
                let _ = store.insert(new).await;
            }
            2 => {
                let request = by.step(&RandomIds).with_claim(by.wants(3, &RandomIds));
                leases.extend(store.step(request).await.unwrap().leases);
            }
            3 | 4 => {
                let outcome = match dice.roll(5) {
                    0 => Outcome::Release,
                    4 => Outcome::Pause { reason: None },
                    1 => Outcome::fail("no"),
                    2 => Outcome::retry("later"),
                    _ => done(),
                };
                if let Some(lease) = leases.pop() {
                    let _ = store.finish(&by, &lease, outcome).await;
                }
            }
            5 => {
                let action = match dice.roll(4) {
                    0 => Action::Requeue,
                    1 => Action::Pause { reason: None },
                    2 => Action::Resume,
                    _ => Action::Cancel { reason: None },
                };
                let which = id(&name(dice.roll(round + 1)));
                let _ = store.change(ChangeRequest::new(which, action, "me")).await;
            }
            6 if dice.roll(3) == 0 => {
                store.prune(PruneQuery::before(Timestamp::MAX).limit(2)).await.unwrap();
            }
            _ => {}
        }
        assert_eq!(number(&file, DIFFERENCE), 0, "in round {round}");
        most = most.max(number(&file, "SELECT count(*) FROM task"));
    }
    let counts = store.counts(CountQuery::default().with_lanes()).await.unwrap();
    assert_eq!(number(&file, "SELECT count(*) FROM task"), i64::try_from(counts.total()).unwrap());
    let open: u64 = counts.lanes.iter().map(|lane| lane.open).sum();
    assert_eq!(open, counts.open());
    assert!(most > 10, "at most {most} tasks at a time: too few to count");
}

#[tokio::test]
async fn pruned_numbers_never_come_again() {
    let folder = scratch();
    let store = open(&folder).await;
    let by = agent("a");
    store.insert_many(vec![task("one"), task("two")]).await.unwrap();
    while work_off(&store, &by).await.unwrap().is_some() {}
    let last = store.history(HistoryQuery::after(Cursor::START)).await.unwrap();
    let last = last.items.last().unwrap().cursor;
    let file = beside(&folder);
    assert_eq!(store.prune(PruneQuery::before(Timestamp::MAX)).await.unwrap(), 2);
    for table in ["task", "body", "event", "edge", "uniq", "tag", "deferred"] {
        assert_eq!(number(&file, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    // Neither in this process nor in the next.
    store.insert(task("three")).await.unwrap();
    assert_eq!(store.get(&id("three")).await.unwrap().unwrap().score.seq, 3);
    store.close().await.unwrap();
    let store = open(&folder).await;
    store.insert(task("four")).await.unwrap();
    assert_eq!(store.get(&id("four")).await.unwrap().unwrap().score.seq, 4);
    let events = store.history(HistoryQuery::after(Cursor::START)).await.unwrap().items;
    assert!(events.iter().all(|event| event.cursor > last), "{events:?}");
}

#[tokio::test]
async fn pruning_goes_on_over_many_transactions() {
    let folder = scratch();
    let store = open(&folder).await;
    let needs = |n: usize| (n == 0).then(|| Need::from(id("parent")));
    let batch = (0..300).map(|n| task(&format!("t{n}")).with_tags(["x"]).with_needs(needs(n)));
    store.insert(task("parent")).await.unwrap();
    store.insert_many(batch.collect()).await.unwrap();
    // The parent is a dead letter now, and t0 waits for it.
    let by = agent("a");
    let lease = store.claim(&by).await.unwrap().unwrap();
    store.finish(&by, &lease, Outcome::fail("no")).await.unwrap();
    while work_off(&store, &by).await.unwrap().is_some() {}
    let query = PruneQuery::before(Timestamp::MAX);
    assert_eq!(store.prune(query.clone().limit(200)).await.unwrap(), 200);
    assert_eq!(store.prune(query.clone()).await.unwrap(), 99);
    assert_eq!(store.prune(query).await.unwrap(), 0);
    let counts = store.counts(CountQuery::default()).await.unwrap();
    assert_eq!((counts.failed, counts.blocked, counts.total()), (1, 1, 2));
}

/// The log of two failures in one microsecond has both.
#[tokio::test]
async fn failures_of_the_same_moment_are_all_kept() {
    let folder = scratch();
    let store = open(&folder).await;
    let by = agent("a");
    store.insert(task("t")).await.unwrap();
    for text in ["first", "second"] {
        let lease = store.claim(&by).await.unwrap().unwrap();
        let delay = Some(std::time::Duration::ZERO);
        let error = popkit_protocol::Failure::new("error", text);
        store.finish(&by, &lease, Outcome::Retry { delay, error }).await.unwrap();
    }
    let task = store.get(&id("t")).await.unwrap().unwrap();
    let texts: Vec<_> = task.errors.iter().map(|entry| entry.failure.text.as_str()).collect();
    assert_eq!(texts, ["first", "second"]);
}
