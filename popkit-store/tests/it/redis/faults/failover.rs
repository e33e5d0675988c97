//! A primary that is replaced.

use std::time::Duration;

use popkit_protocol::{RandomIds, TaskState};
use popkit_store::{Finished, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisReplica, RedisSentinel};

use super::support::{
    Waiting, claim, done, finish, hasty, hold, id, open, spawn_waiter, state, story, task,
    until_ok, until_parked, woken, worker,
};

fn url(sentinels: &RedisSentinel) -> String {
    let addresses: Vec<_> = sentinels.sentinel_addrs().iter().map(ToString::to_string).collect();
    format!("redis+sentinel://{}/{}", addresses.join(","), sentinels.service())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_find_the_new_primary_and_what_the_replica_had() {
    let sentinels = RedisSentinel::start_opts(1, ServerOptions::default().aof(Aof::Always));
    let (store, other) = (hasty(&url(&sentinels)).await, open(&url(&sentinels)).await);
    store.insert_many(vec![task("a"), task("b")]).await.unwrap();
    let (who, slow) = (worker("w"), worker("s").with_lease(Duration::from_millis(500)));
    let (held, stale) = (hold(&store, &who).await, hold(&store, &slow).await);
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &other, worker("p").with_lease(Duration::from_secs(5)));
    until_parked(sentinels.primary(), 1).await;
    sentinels.wait_synced();

    let old = sentinels.kill_primary();
    sentinels.wait_failover(old);
    // The lease that ran out meanwhile goes to the agent that waited through all of this.
    let (waiter, lease) = woken(&other, &mut waiting).await;
    assert_eq!(lease.token.task, id("b"));
    let answer = until_ok("an answer", async || {
        let request = slow.step(&RandomIds);
        let request = request.with_finish(stale.token.clone(), done());
        store.step(request).await
    });
    let answer = answer.await.finished.pop().unwrap();
    assert!(matches!(answer, Finished::Lost(_)), "{answer:?}");
    assert!(finish(&store, &waiter, &lease).await.is_accepted());
    // The one that runs on is good for the new primary too.
    assert!(finish(&store, &who, &held).await.is_accepted());
    assert_eq!(story(&store, "a").await, ["inserted", "claimed", "completed"]);
    assert_eq!(state(&store, "b").await, Some(TaskState::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_the_replica_never_had_is_refused_by_its_pair() {
    let pair = RedisReplica::start(ServerOptions::default());
    let old = open(&pair.primary().url()).await;
    old.insert(task("a")).await.unwrap();
    pair.wait_synced();
    pair.promote();
    // From here on the two part: the same task is claimed at both.
    let (lost, won) = (worker("lost"), worker("won"));
    let stale = hold(&old, &lost).await;
    pair.kill_primary();
    let new = open(&pair.replica().url()).await;
    let lease = hold(&new, &won).await;
    assert_ne!(lease.token.claim, stale.token.claim);
    for _ in 0..2 {
        let answer = finish(&new, &lost, &stale).await;
        assert!(matches!(answer, Finished::Lost(ref by) if by.held_by.is_some()), "{answer:?}");
    }
    // Even where both were issued the same number.
    let mut twin = stale.clone();
    twin.token.fence = lease.token.fence;
    let answer = finish(&new, &lost, &twin).await;
    assert!(matches!(answer, Finished::Lost(_)), "{answer:?}");
    assert!(finish(&new, &won, &lease).await.is_accepted());
    assert_eq!(story(&new, "a").await, ["inserted", "claimed", "completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_steps_down_takes_no_more_writes_and_none_is_made_twice() {
    let sentinels = RedisSentinel::start(1);
    let store = hasty(&url(&sentinels)).await;
    let who = worker("w");
    store.insert_many((0..20).map(|n| task(&n.to_string())).collect()).await.unwrap();
    let mut ended = Vec::new();
    for number in 0..20 {
        if number == 5 {
            sentinels.failover();
        }
        let request = claim(&who, 1);
        let reply = until_ok("a claim", async || store.step(request.clone()).await).await;
        let lease = reply.leases.into_iter().next().expect("a task is ready");
        let request = who.step(&RandomIds);
        let request = request.with_finish(lease.token.clone(), done());
        let reply = until_ok("a finish", async || store.step(request.clone()).await).await;
        assert!(reply.finished[0].is_accepted(), "{reply:?}");
        ended.push(lease.token.task.to_string());
    }
    ended.sort_unstable();
    ended.dedup();
    assert_eq!(ended.len(), 20);
}
