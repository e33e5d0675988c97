//! A server that is killed while it is worked with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use popkit_protocol::TaskState;
use popkit_store::layer::{Retry, RetryOptions};
use popkit_store::{Durability, RedisStore, Result, TaskStore as _, TaskStoreExt as _};
use tokio::task::JoinSet;

use super::support::{
    DEADLINE, done, durable, finish, hasty, hold, id, logged, open, state, story, task, until,
    worker,
};

#[tokio::test]
async fn what_was_answered_before_a_kill_is_there_after_it() {
    let server = durable();
    let store = open(&server.url()).await;
    assert_eq!(store.capabilities().durability, Durability::PowerSafe);
    let who = worker("w");
    for round in 0..3 {
        let (first, second) = (format!("{round}-a"), format!("{round}-b"));
        store.insert_many(vec![task(&first), task(&second)]).await.unwrap();
        let lease = hold(&store, &who).await;
        assert!(finish(&store, &who, &lease).await.is_accepted());
        let held = hold(&store, &who).await;
        server.kill();
        server.restart();
        assert_eq!(state(&store, &first).await, Some(TaskState::Done));
        assert_eq!(state(&store, &second).await, Some(TaskState::Assigned));
        // The lease outlives the server that gave it, and other handles on it.
        let other = open(&server.url()).await;
        assert!(finish(&other, &who, &held).await.is_accepted());
        assert_eq!(story(&store, &second).await, ["inserted", "claimed", "completed"]);
    }
}

/// Inserts tasks and completes them, and counts what it was told. The layer repeats what was
/// not answered.
async fn labour(store: Retry<RedisStore>, name: String, told: &AtomicUsize) -> Result<()> {
    let who = worker(&name);
    for number in 0..60 {
        store.insert(task(&format!("{name}-{number}"))).await?;
        let Some(lease) = store.claim(&who).await? else { continue };
        store.finish(&who, &lease, done()).await?;
        told.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_and_does_nothing_twice() {
    let server = durable();
    let told = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for number in 0..6 {
        let patient = RetryOptions::default().max_tries(10_000).deadline(DEADLINE);
        let store = Retry::with_options(hasty(&server.url()).await, patient);
        let told = Arc::clone(&told);
        workers.spawn(async move { labour(store, format!("w{number}"), &told).await });
    }
    for kills in 1..=4 {
        until("work", async || told.load(Ordering::Relaxed) >= kills * 60).await;
        server.kill();
        server.restart();
        server.flush_scripts();
    }
    for worker in workers.join_all().await {
        worker.unwrap();
    }
    let store = open(&server.url()).await;
    let mut states = BTreeMap::new();
    for worker in 0..6 {
        let names: Vec<_> = (0..60).map(|number| id(&format!("w{worker}-{number}"))).collect();
        for found in store.get_many(&names).await.unwrap() {
            let state = found.expect("every insert was answered").state;
            *states.entry(state.to_string()).or_insert(0) += 1;
        }
    }
    let done = told.load(Ordering::Relaxed);
    assert_eq!(states.get("done"), Some(&done), "{states:?}");
    assert_eq!(logged(&store, "completed").await, done);
    assert_eq!(logged(&store, "claimed").await, done, "no claim was lost or made twice");
}

#[tokio::test]
async fn scripts_that_the_server_forgets_are_told_again() {
    let server = durable();
    let store = open(&server.url()).await;
    let who = worker("w");
    for number in 0..3 {
        let name = number.to_string();
        server.flush_scripts();
        store.insert(task(&name)).await.unwrap();
        server.flush_scripts();
        let lease = hold(&store, &who).await;
        server.flush_scripts();
        assert!(finish(&store, &who, &lease).await.is_accepted());
        server.flush_scripts();
        assert_eq!(story(&store, &name).await, ["inserted", "claimed", "completed"]);
    }
}
