//! A server whose data somebody throws away while the store is open.
//!
//! What was accepted is gone, and nobody is told by a call of its own: there are no tasks any
//! more, leases are lost, and the store goes on as an empty one.

use popkit_protocol::{Cursor, RandomIds};
use popkit_store::{
    Beat, CountQuery, Finished, Heartbeat, HistoryQuery, Inserted, TaskStore as _,
    TaskStoreExt as _,
};

use super::support::{
    claim, done, finish, hold, id, logged, open, park, server, state, story, task, told,
    until_parked, woken, worker,
};

#[tokio::test]
async fn a_store_that_is_wiped_goes_on_as_an_empty_one() {
    let server = server();
    let (store, other) = (open(&server.url()).await, open(&server.url()).await);
    let who = worker("w");
    store.insert_many(vec![task("a"), task("b").with_needs([id("a")]), task("c")]).await.unwrap();
    let lease = hold(&store, &who).await;
    let request = claim(&who, 1);
    store.step(request.clone()).await.unwrap();
    for wipe in [&["FLUSHALL"][..], &["FLUSHDB", "ASYNC"]] {
        server.cli(wipe);
        for store in [&store, &other] {
            assert_eq!(store.counts(CountQuery::default()).await.unwrap().open(), 0);
            assert_eq!(state(store, "a").await, None);
            let log = store.history(HistoryQuery::after(Cursor::START)).await.unwrap();
            assert_eq!((log.items, log.next), (Vec::new(), None));
            let beat = Beat::new(lease.token.clone());
            let beat = Heartbeat::new(who.holder, who.lease).with(beat);
            assert_eq!(store.heartbeat(beat).await.unwrap().lost.len(), 1);
            let answer = finish(store, &who, &lease).await;
            assert!(
                matches!(answer, Finished::Lost(ref lost) if lost.state.is_none()),
                "{answer:?}"
            );
        }
        // A repeat finds no stored reply and is made anew.
        assert_eq!(told(&store.step(request.clone()).await.unwrap()), (vec![], vec![]));
        // The same names can be used again, and fences grow over the loss.
        let created = other.insert_many(vec![task("a"), task("b").with_needs([id("a")])]).await;
        assert!(created.unwrap().iter().all(Inserted::is_created));
        let next = hold(&store, &who).await;
        assert!(next.token.fence > lease.token.fence);
        let stale = who.step(&RandomIds).with_finish(lease.token.clone(), done());
        assert!(!store.step(stale).await.unwrap().finished[0].is_accepted());
        assert!(finish(&other, &who, &next).await.is_accepted());
        let last = hold(&other, &who).await;
        assert_eq!(last.token.task, id("b"));
        assert!(finish(&store, &who, &last).await.is_accepted());
        assert_eq!(story(&store, "a").await, ["inserted", "claimed", "completed"]);
        assert_eq!(logged(&other, "completed").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_wait_at_a_store_that_is_wiped_get_the_work_that_comes_then() {
    let server = server();
    let (store, other) = (open(&server.url()).await, open(&server.url()).await);
    other.insert(task("a")).await.unwrap();
    let held = hold(&other, &worker("h")).await;
    let mut waiting = park(&server, &store, 3).await;
    server.cli(&["FLUSHALL"]);
    assert!(!finish(&other, &worker("h"), &held).await.is_accepted());
    // Nobody tells them: they find out when they look for themselves.
    until_parked(&server, 3).await;
    other.insert_many(vec![task("b"), task("c"), task("d")]).await.unwrap();
    for _ in 0..3 {
        woken(&other, &mut waiting).await;
    }
}
