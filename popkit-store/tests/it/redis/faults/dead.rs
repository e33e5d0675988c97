//! Agents that died while they waited: they do not keep work from those who live.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock as _, ManualClock, NewTask, SystemClock};
use popkit_store::{RedisStore, TaskStoreExt as _};
use popkit_testkit::{Child, RedisServer};

use super::support::{
    DEADLINE, Waiting, finish, hold, id, open, options, park, server, spawn_waiter, story, task,
    until_parked, woken, worker,
};

const URL: &str = "POPKIT_TEST_REDIS";
const DEAD: usize = 3;
/// Longer than any agent that lives is silent.
const SILENCE: Duration = Duration::from_secs(20);

/// Does nothing unless another test starts it: then agents of this process wait.
#[tokio::test]
async fn child_of_another_test() {
    let Ok(url) = env::var(URL) else { return };
    let store = open(&url).await;
    let mut waiting = Waiting::new();
    for number in 0..DEAD {
        spawn_waiter(&mut waiting, &store, worker(&format!("dead{number}")));
    }
    waiting.join_all().await;
}

/// Leaves agents on the server whose process was killed while they waited.
async fn leave_dead(server: &RedisServer) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["redis::faults::dead::child_of_another_test", "--exact", "--nocapture"]);
    let mut child = Child::spawn(command.env(URL, server.url()));
    until_parked(server, DEAD).await;
    child.kill9();
    child.wait(DEADLINE);
}

/// A handle whose clock stands still, so far ahead of now.
async fn at(server: &RedisServer, ahead: Duration) -> (RedisStore, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(SystemClock.now().after(ahead)));
    let shared = Arc::clone(&clock);
    let store = options(&server.url()).clock(shared).open().await.unwrap();
    (store, clock)
}

/// Has the lane of all tasks here registered: those who wait would be told of a new one.
async fn warm(store: &RedisStore) {
    store.insert(task("warm")).await.unwrap();
    let who = worker("warm");
    let lease = hold(store, &who).await;
    assert!(finish(store, &who, &lease).await.is_accepted());
}

/// Inserts a task while agents wait of whom all but the last are dead, and sees that it is the
/// last one's in that moment.
async fn goes_to_the_living(new: NewTask) {
    let server = server();
    warm(&open(&server.url()).await).await;
    leave_dead(&server).await;
    let (store, _) = at(&server, SILENCE).await;
    let mut waiting = Waiting::new();
    spawn_waiter(&mut waiting, &store, worker("living"));
    until_parked(&server, DEAD + 1).await;
    store.insert(new).await.unwrap();
    let given = store.get(&id("a")).await.unwrap().unwrap();
    let holder = given.hold.map(|hold| hold.agent.to_string());
    assert_eq!(holder.as_deref(), Some("living"));
    let (who, lease) = woken(&store, &mut waiting).await;
    assert!(finish(&store, &who, &lease).await.is_accepted());
    assert_eq!(story(&store, "a").await, ["inserted", "claimed", "completed"]);
    until_parked(&server, 0).await;
    assert_eq!(server.cli(&["HGET", "pop:{default.t}:tasks", "parked"]), "0");
    assert_eq!(server.cli(&["EXISTS", "pop:{default.t}:wait"]), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_task_goes_past_agents_that_were_killed() {
    goes_to_the_living(task("a")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_handed_off_goes_past_agents_that_were_killed() {
    goes_to_the_living(task("a").with_unique("k".try_into().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_for_which_only_dead_agents_wait_is_ready_for_whoever_asks() {
    let server = server();
    warm(&open(&server.url()).await).await;
    leave_dead(&server).await;
    let (store, _) = at(&server, SILENCE).await;
    store.insert(task("a")).await.unwrap();
    until_parked(&server, 0).await;
    assert_eq!(server.cli(&["HGET", "pop:{default.t}:tasks", "parked"]), "0");
    assert_eq!(hold(&store, &worker("w")).await.token.task, id("a"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_are_only_late_are_told_to_look_and_get_the_work() {
    let server = server();
    let (store, clock) = at(&server, Duration::ZERO).await;
    warm(&store).await;
    for round in 0..3 {
        let mut waiting = park(&server, &store, DEAD).await;
        clock.advance(SILENCE);
        let names = (0..DEAD).map(|number| task(&format!("{round}-{number}")));
        store.insert_many(names.collect()).await.unwrap();
        let letters = format!("cmdstat_rpush:calls={},", DEAD * (round + 1));
        assert!(server.cli(&["INFO", "commandstats"]).contains(&letters), "{letters}");
        for _ in 0..DEAD {
            let (who, lease) = woken(&store, &mut waiting).await;
            assert!(finish(&store, &who, &lease).await.is_accepted());
        }
        until_parked(&server, 0).await;
    }
}
