//! What these tests have in common.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Cursor, Fence, Kinds, Lease, NewTask, Outcome, Profile, RandomIds, TaskId, TaskState,
};
use popkit_store::{
    Claimant, Finished, HistoryQuery, RedisOptions, RedisStore, Result, StepReply, StepRequest,
    TaskStore, TaskStoreExt as _, Waiter, Wake, WakeReason,
};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer};
use tokio::task::JoinSet;

/// How long anything may take on a machine that is busy.
pub(in crate::redis) const DEADLINE: Duration = Duration::from_secs(20);
/// Longer than any test.
pub(in crate::redis) const HOUR: Duration = Duration::from_secs(3600);

/// A server without files.
pub(in crate::redis) fn server() -> RedisServer {
    RedisServer::start(ServerOptions::default().aof(Aof::Off))
}

/// A server that syncs each write before it answers.
pub(in crate::redis) fn durable() -> RedisServer {
    RedisServer::start(ServerOptions::default().aof(Aof::Always))
}

/// With the patience of a test on a busy machine.
pub(in crate::redis) async fn open(url: &str) -> RedisStore {
    options(&format!("{url}?timeout=20s&connect_timeout=20s")).open().await.unwrap()
}

/// With little patience, which a busy machine may try more than once.
pub(in crate::redis) async fn hasty(url: &str) -> RedisStore {
    let options = options(&format!("{url}?timeout=300ms&connect_timeout=200ms"));
    until_ok("a connection", async || options.clone().open().await).await
}

pub(in crate::redis) fn options(url: &str) -> RedisOptions {
    url.parse().unwrap()
}

pub(in crate::redis) fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

pub(in crate::redis) fn task(text: &str) -> NewTask {
    NewTask::new(id(text), "work".try_into().unwrap())
}

/// A worker that takes every kind, with leases that outlast a test.
pub(in crate::redis) fn worker(agent: &str) -> Claimant {
    let profile = Profile::new(agent.try_into().unwrap(), Kinds::Any, []);
    Claimant::new(&RandomIds, profile).with_lease(HOUR)
}

/// A step that claims.
pub(in crate::redis) fn claim(who: &Claimant, max: usize) -> StepRequest {
    who.step(&RandomIds).with_claim(who.wants(max, &RandomIds))
}

pub(in crate::redis) fn done() -> Outcome {
    Outcome::Done { result: None }
}

/// Claims one task that must be there.
pub(in crate::redis) async fn hold(store: &dyn TaskStore, who: &Claimant) -> Lease {
    store.step(claim(who, 1)).await.unwrap().leases.pop().expect("a task is ready")
}

/// Ends a lease, whatever the answer.
pub(in crate::redis) async fn finish(
    store: &dyn TaskStore,
    who: &Claimant,
    lease: &Lease,
) -> Finished {
    let request = who.step(&RandomIds).with_finish(lease.token.clone(), done());
    store.step(request).await.unwrap().finished.pop().unwrap()
}

pub(in crate::redis) async fn state(store: &dyn TaskStore, task: &str) -> Option<TaskState> {
    store.get(&id(task)).await.unwrap().map(|task| task.state)
}

/// The names of the events of a task.
pub(in crate::redis) async fn story(store: &dyn TaskStore, task: &str) -> Vec<&'static str> {
    let events = store.events_of(&id(task)).await.unwrap();
    events.iter().map(|event| event.change.name()).collect()
}

/// How many events of this name the log holds.
pub(in crate::redis) async fn logged(store: &dyn TaskStore, name: &str) -> usize {
    let mut query = HistoryQuery::after(Cursor::START);
    let mut found = 0;
    loop {
        let page = store.history(query.clone()).await.unwrap();
        found += page.items.iter().filter(|event| event.change.name() == name).count();
        let Some(next) = page.next else { return found };
        query.page = query.page.after(next);
    }
}

/// What must be the same in the answers to a step and to its repeat.
pub(in crate::redis) fn told(reply: &StepReply) -> (Vec<Finished>, Vec<(TaskId, Fence)>) {
    let leases = reply.leases.iter().map(|lease| (lease.token.task.clone(), lease.token.fence));
    (reply.finished.clone(), leases.collect())
}

/// Agents that wait for work.
pub(in crate::redis) type Waiting = JoinSet<(Claimant, Result<Wake>)>;

/// Has so many agents wait, an hour each; returns once the server knows of all. Their leases
/// are long enough to finish by, and so short that what is lost on its way is rescued in time.
pub(in crate::redis) async fn park(
    server: &RedisServer,
    store: &RedisStore,
    count: usize,
) -> Waiting {
    let mut waiting = Waiting::new();
    for number in 0..count {
        let who = worker(&format!("w{number}")).with_lease(Duration::from_secs(5));
        spawn_waiter(&mut waiting, store, who);
    }
    until_parked(server, count).await;
    waiting
}

pub(in crate::redis) fn spawn_waiter(waiting: &mut Waiting, store: &RedisStore, who: Claimant) {
    let store: Arc<dyn TaskStore> = Arc::new(store.clone());
    waiting.spawn(async move {
        let waiter = Waiter::new(who.holder, 0, who.wants(1, &RandomIds), HOUR);
        let wake = store.wait(waiter).await;
        (who, wake)
    });
}

/// Waits until so many agents are parked on the server.
pub(in crate::redis) async fn until_parked(server: &RedisServer, count: usize) {
    let parked = || server.cli(&["HLEN", "pop:{default.t}:park"]);
    until("agents that are parked", async || parked() == count.to_string()).await;
}

/// The next agent that is woken, and the work that it gets: handed over, or claimed.
pub(in crate::redis) async fn woken(
    store: &dyn TaskStore,
    waiting: &mut Waiting,
) -> (Claimant, Lease) {
    let next = soon("an agent that is woken", waiting.join_next()).await;
    let (who, wake) = next.expect("somebody waits").unwrap();
    let wake = wake.unwrap();
    assert_ne!(wake.reason, WakeReason::Timeout);
    let lease = match wake.leases.into_iter().next() {
        Some(lease) => lease,
        None => hold(store, &who).await,
    };
    (who, lease)
}

/// Tries until it succeeds, at most for the deadline.
pub(in crate::redis) async fn until_ok<T>(
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T>,
) -> T {
    soon(what, async {
        loop {
            match attempt().await {
                Ok(value) => return value,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

/// Waits until a condition holds, at most for the deadline.
pub(in crate::redis) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    soon(what, async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits for a future, at most for the deadline.
pub(in crate::redis) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {DEADLINE:?} for {what}"),
    }
}
