use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Cursor, IdSource as _, Kinds, ManualClock, NewTask, Profile, RandomIds, TaskKind, TaskState,
    Timestamp,
};
use popkit_store::{
    Claimant, Heartbeat, HistoryQuery, MemoryOptions, MemoryStore, TaskQuery, TaskStoreExt as _,
};

use super::*;

const LEASE: Duration = Duration::from_secs(15);

async fn stored(store: &MemoryStore) -> Task {
    store.query(TaskQuery::all()).await.unwrap().items.remove(0)
}

/// A holder that claims and falls silent until its task fails, each time looked at by what
/// `of` makes of the task as held; answers with what it made of the last attempt.
async fn abandoned(store: &MemoryStore, clock: &ManualClock) -> (Orphans, Vec<TaskEvent>) {
    let profile = Profile::new("a".try_into().unwrap(), Kinds::Any, []);
    let holder = RandomIds.holder();
    loop {
        let claimant = Claimant::new(&RandomIds, profile.clone());
        store.claim(&claimant).await.unwrap().expect("it is ready");
        let orphans = Orphans::of(&[stored(store).await], "plan:p");
        let seen = store.history(HistoryQuery::after(Cursor::START)).await.unwrap();
        let last = seen.items.last().unwrap().cursor;
        while stored(store).await.hold.is_some() {
            clock.advance(Duration::from_secs(3600));
            store.heartbeat(Heartbeat::new(holder, LEASE)).await.unwrap();
        }
        if stored(store).await.state == TaskState::Failed {
            let events = store.history(HistoryQuery::after(last)).await.unwrap().items;
            return (orphans, events);
        }
        // A task that is given back waits a while.
        clock.advance(Duration::from_secs(3600));
    }
}

#[tokio::test]
async fn what_an_earlier_run_held_is_put_back_once() {
    let clock = Arc::new(ManualClock::new(Timestamp::EPOCH));
    let store = MemoryOptions::default().clock(Arc::clone(&clock) as _).open();
    let (id, kind) = (TaskId::new("t").unwrap(), TaskKind::new("command").unwrap());
    store.insert(NewTask::new(id, kind).with_tags(["plan:p"])).await.unwrap();
    let (mut orphans, events) = abandoned(&store, &clock).await;
    for event in events.iter().chain(&events) {
        orphans.note(event);
    }
    assert!(orphans.is_waiting());
    orphans.restore(&store).await.unwrap();
    assert!(!orphans.is_waiting());
    assert_eq!(stored(&store).await.state, TaskState::Pending);
    let (_, events) = abandoned(&store, &clock).await;
    for event in &events {
        orphans.note(event);
    }
    assert!(!orphans.is_waiting(), "lost once more, in this run, it stays failed");
}
