//! What one handle remembers, another may have changed.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock as _, ManualClock, Outcome, Timestamp};
use popkit_store::{CountQuery, Error, ErrorKind, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::scratch;

use super::support::{agent, done, id, open, options, task, task_of, work_off};

#[tokio::test]
async fn lanes_of_another_handle_are_seen() {
    let folder = scratch();
    let (one, two) = (open(&folder).await, open(&folder).await);
    let by = agent("a");
    assert_eq!(work_off(&one, &by).await.unwrap(), None);
    two.insert(task_of("new", "t")).await.unwrap();
    assert_eq!(work_off(&one, &by).await.unwrap(), Some(id("t")));
    one.insert(task_of("newer", "u")).await.unwrap();
    assert_eq!(work_off(&two, &by).await.unwrap(), Some(id("u")));
}

#[tokio::test]
async fn lanes_retired_by_another_handle_are_seen() {
    let folder = scratch();
    let one = options(&folder).max_lanes(1).open().await.unwrap();
    let two = options(&folder).max_lanes(1).open().await.unwrap();
    let by = agent("a");
    for round in 0..4 {
        for (kind, store) in [("even", &one), ("odd", &two)] {
            let name = format!("{kind}-{round}");
            store.insert(task_of(kind, &name)).await.unwrap();
            let full = store.insert(task_of("third", "third")).await.unwrap_err();
            assert_eq!(full.kind(), ErrorKind::Full);
            assert_eq!(work_off(store, &by).await.unwrap(), Some(id(&name)));
        }
    }
    let counts = one.counts(CountQuery::default().with_lanes()).await.unwrap();
    assert_eq!((counts.done, counts.lanes.len()), (8, 0));
}

#[tokio::test]
async fn requeued_task_gets_its_lane_back() {
    let folder = scratch();
    let store = options(&folder).max_lanes(1).open().await.unwrap();
    let by = agent("a");
    store.insert(task_of("first", "dead")).await.unwrap();
    let lease = store.claim(&by).await.unwrap().unwrap();
    store.finish(&by, &lease, Outcome::fail("no")).await.unwrap();
    store.insert(task_of("second", "t")).await.unwrap();
    let again = || {
        let action = popkit_store::Action::Requeue;
        store.change(popkit_store::ChangeRequest::new(id("dead"), action, "me"))
    };
    assert_eq!(again().await.unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(work_off(&store, &by).await.unwrap(), Some(id("t")));
    again().await.unwrap();
    assert_eq!(work_off(&store, &by).await.unwrap(), Some(id("dead")));
}

#[tokio::test]
async fn leases_ended_over_another_handle_are_lost() -> Result<(), Error> {
    let folder = scratch();
    let (one, two) = (open(&folder).await, open(&folder).await);
    let by = agent("a");
    one.insert(task("t")).await?;
    let lease = one.claim(&by).await?.unwrap();
    two.finish(&by, &lease, Outcome::Release).await?;
    let other = agent("b");
    let taken = two.claim(&other).await?.unwrap();
    let error = one.finish(&by, &lease, done()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LeaseLost);
    one.finish(&other, &taken, done()).await
}

#[tokio::test]
async fn log_never_goes_back_in_time() {
    let folder = scratch();
    let early = Arc::new(ManualClock::default());
    let late = Arc::new(ManualClock::new(early.now().after(Duration::from_secs(3600))));
    let path = folder.join("tasks.db");
    let open = |clock: &Arc<ManualClock>| {
        popkit_store::SqliteOptions::new(&path).clock(Arc::clone(clock) as _).open()
    };
    let (behind, ahead) = (open(&early).await.unwrap(), open(&late).await.unwrap());
    ahead.insert(task("ahead")).await.unwrap();
    behind.insert(task("behind")).await.unwrap();
    let at = |task: &popkit_protocol::Task| -> Timestamp { task.created_at };
    let found = behind.get_many(&[id("ahead"), id("behind")]).await.unwrap();
    let times: Vec<_> = found.iter().flatten().map(at).collect();
    assert_eq!(times, [late.now(), late.now()]);
    // And not after a restart that forgot.
    behind.close().await.unwrap();
    ahead.close().await.unwrap();
    let again = open(&early).await.unwrap();
    again.insert(task("again")).await.unwrap();
    assert_eq!(again.get(&id("again")).await.unwrap().unwrap().created_at, late.now());
}
