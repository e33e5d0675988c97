//! A network that is silent: every call ends in time.

use std::time::Duration;

use popkit_protocol::{OutcomeKind, RandomIds, Timestamp};
use popkit_store::{
    Action, ChangeRequest, CountQuery, ErrorKind, Heartbeat, HistoryQuery, InsertOptions,
    PruneQuery, RedisStore, Result, TaskQuery, TaskStore, Waiter,
};
use popkit_testkit::FaultProxy;

use super::support::{
    HOUR, Waiting, claim, finish, hasty, hold, id, open, server, soon, spawn_waiter, story, task,
    until, until_ok, until_parked, woken, worker,
};

const CALLS: [&str; 10] =
    ["insert", "step", "heartbeat", "wait", "change", "get", "query", "counts", "history", "prune"];

/// Makes a call, of which the answer does not matter.
async fn call(store: &RedisStore, name: &str) -> Result<()> {
    let who = worker("caller");
    match name {
        "insert" => store.insert_opts(vec![task("new")], InsertOptions::default()).await.map(drop),
        "step" => store.step(who.step(&RandomIds)).await.map(drop),
        "heartbeat" => store.heartbeat(Heartbeat::new(who.holder, who.lease)).await.map(drop),
        "wait" => {
            let claim = who.wants(1, &RandomIds);
            store.wait(Waiter::new(who.holder, 0, claim, HOUR)).await.map(drop)
        }
        "change" => {
            let request = ChangeRequest::new(id("a"), Action::Cancel { reason: None }, "tester");
            store.change(request).await.map(drop)
        }
        "get" => store.get_many(&[id("a")]).await.map(drop),
        "query" => store.query(TaskQuery::all()).await.map(drop),
        "counts" => store.counts(CountQuery::default()).await.map(drop),
        "history" => store.history(HistoryQuery::default()).await.map(drop),
        _ => store.prune(PruneQuery::before(Timestamp::EPOCH)).await.map(drop),
    }
}

#[tokio::test]
async fn every_call_over_a_silent_connection_ends_in_time_and_later_ones_work() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, hasty(&proxy.url()).await);
    for name in CALLS {
        until_ok("a call that succeeds", async || call(&store, "counts").await).await;
        proxy.black_hole();
        let error = soon(name, call(&store, name)).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, name), "{error}");
        assert_eq!(error.outcome(), OutcomeKind::Unknown, "{error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
        // By and by nothing is sent any more.
        until("a call that is not even sent", async || {
            let error = soon(name, call(&store, name)).await.unwrap_err();
            assert!(error.is_retryable(), "{error}");
            error.kind() == ErrorKind::Unavailable && error.outcome() == OutcomeKind::NotApplied
        })
        .await;
        proxy.heal();
    }
    until_ok("a call that succeeds", async || call(&store, "counts").await).await;
    // Whatever of it has arrived after all: it is there once.
    until_ok("an insert", async || call(&store, "insert").await).await;
    assert_eq!(story(&direct, "new").await, ["inserted"]);
}

#[tokio::test]
async fn a_lease_outlives_a_silence_that_is_shorter() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, hasty(&proxy.url()).await);
    direct.insert_opts(vec![task("a")], InsertOptions::default()).await.unwrap();
    let who = worker("w");
    let lease = hold(&store, &who).await;
    proxy.black_hole();
    let beat = || Heartbeat::new(who.holder, who.lease);
    assert!(soon("the end of the heartbeat", store.heartbeat(beat())).await.is_err());
    assert!(soon("the end of the step", store.step(claim(&who, 1))).await.is_err());
    proxy.heal();
    until_ok("a heartbeat", async || store.heartbeat(beat()).await).await;
    assert!(finish(&direct, &who, &lease).await.is_accepted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_wait_are_told_of_a_silence_and_get_work_after_it() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (direct, store) = (open(&server.url()).await, hasty(&proxy.url()).await);
    let mut waiting = Waiting::new();
    // Agents look for themselves after a part of their lease.
    let who = worker("w").with_lease(Duration::from_millis(500));
    spawn_waiter(&mut waiting, &store, who);
    until_parked(&server, 1).await;
    proxy.black_hole();
    let ended = soon("the end of the wait", waiting.join_next()).await;
    let error = ended.unwrap().unwrap().1.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, "wait"), "{error}");
    proxy.heal();
    spawn_waiter(&mut waiting, &store, worker("v"));
    direct.insert_opts(vec![task("a")], InsertOptions::default()).await.unwrap();
    let (_, lease) = woken(&direct, &mut waiting).await;
    assert_eq!(lease.token.task, id("a"));
}
