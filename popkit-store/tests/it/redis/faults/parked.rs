//! Agents that wait while the connection or the server goes away.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{OutcomeKind, RandomIds};
use popkit_store::{ErrorKind, RedisStore, TaskStore, TaskStoreExt as _, Waiter, WakeReason};
use popkit_testkit::FaultProxy;

use super::support::{
    HOUR, Waiting, durable, finish, hasty, open, park, server, soon, task, until, until_ok,
    until_parked, woken, worker,
};

const AGENTS: usize = 5;

/// Inserts a task for each agent, and sees that each gets one of its own.
async fn all_get_work(round: usize, other: &RedisStore, waiting: &mut Waiting) {
    let names: BTreeSet<_> = (0..AGENTS).map(|number| format!("{round}-{number}")).collect();
    let batch: Vec<_> = names.iter().map(|name| task(name)).collect();
    until_ok("an insert", async || other.insert_many(batch.clone()).await).await;
    let mut given = BTreeSet::new();
    for _ in 0..AGENTS {
        let (who, lease) = woken(other, waiting).await;
        assert!(finish(other, &who, &lease).await.is_accepted());
        given.insert(lease.token.task.to_string());
    }
    assert_eq!(given, names);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_whose_connections_are_reset_come_back_and_get_work() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let (store, other) = (open(&proxy.url()).await, open(&server.url()).await);
    for round in 0..4 {
        let mut waiting = park(&server, &store, AGENTS).await;
        let before = proxy.connections();
        proxy.reset_all();
        // Both: the one that blocks, and the one over which agents ask again.
        until("new connections", async || proxy.connections() >= before + 2).await;
        all_get_work(round, &other, &mut waiting).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_wait_through_a_restart_of_the_server() {
    let server = durable();
    let (store, other) = (open(&server.url()).await, open(&server.url()).await);
    for round in 0..3 {
        let mut waiting = park(&server, &store, AGENTS).await;
        server.kill();
        server.restart();
        all_get_work(round, &other, &mut waiting).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_a_new_server_does_not_know_park_again() {
    let server = server();
    let (store, other) = (open(&server.url()).await, open(&server.url()).await);
    let mut waiting = park(&server, &store, AGENTS).await;
    // Without a file the server has forgotten all of them.
    server.restart();
    until_parked(&server, AGENTS).await;
    all_get_work(0, &other, &mut waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_at_a_server_that_is_down_fails_in_time_and_works_later() {
    let server = durable();
    let store = hasty(&server.url()).await;
    let who = worker("w");
    let wait = |timeout| Waiter::new(who.holder, 0, who.wants(1, &RandomIds), timeout);
    server.kill();
    let parked = soon("the end of the wait", store.wait(wait(HOUR))).await.unwrap_err();
    assert_eq!(parked.kind(), ErrorKind::Unavailable, "{parked}");
    let error = soon("the end of the wait", store.wait(wait(HOUR))).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, "wait"), "{error}");
    assert_eq!(error.outcome(), OutcomeKind::NotApplied, "{error}");
    server.restart();
    let short = Duration::from_millis(20);
    let wake = until_ok("a wait", async || store.wait(wait(short)).await).await;
    assert_eq!(wake.reason, WakeReason::Timeout);
    let mut waiting = park(&server, &store, AGENTS).await;
    all_get_work(0, &store, &mut waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_give_up_while_the_server_is_down_leave_no_work_behind() {
    let server = durable();
    let (store, other) = (open(&server.url()).await, open(&server.url()).await);
    let mut gone = park(&server, &store, AGENTS).await;
    server.kill();
    gone.shutdown().await;
    server.restart();
    // What was to be taken out meanwhile is taken out now.
    until_parked(&server, 0).await;
    let mut waiting = park(&server, &store, AGENTS).await;
    all_get_work(0, &other, &mut waiting).await;
}
