//! What is left of those who waited.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Kinds, ManualClock, NewTask, Profile, RandomIds, TaskId};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer, wait_until};
use tokio::task::JoinSet;

use crate::{Claim, Claimant, RedisOptions, RedisStore, TaskStore as _, TaskStoreExt as _, Waiter};

const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(10);

fn worker(agent: &str) -> Claimant {
    Claimant::new(&RandomIds, Profile::new(agent.try_into().unwrap(), Kinds::Any, []))
}

async fn open(server: &RedisServer, clock: &Arc<ManualClock>) -> RedisStore {
    let options = server.url().parse::<RedisOptions>().unwrap();
    options.clock(Arc::clone(clock) as _).open().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_nobody_reads_any_more_expires() {
    let server = RedisServer::start(ServerOptions::default().aof(Aof::Off));
    let clock = Arc::new(ManualClock::default());
    let (gone, store) = (open(&server, &clock).await, open(&server, &clock).await);
    let insert =
        |id: &str| store.insert(NewTask::new(TaskId::new(id).unwrap(), "w".try_into().unwrap()));
    let who = worker("waits");
    let claim = Claim::new(who.profile.clone(), 1, Duration::from_secs(60), &RandomIds);
    let mut waiting = JoinSet::new();
    waiting.spawn({
        let (gone, waiter) = (gone.clone(), Waiter::new(who.holder, 0, claim, HOUR));
        async move { gone.wait(waiter).await }
    });
    let entered = || server.cli(&["ZRANGE", "pop:{default.t}:slots", "0", "-1"]);
    wait_until(PATIENCE, "the handle is entered", || entered().contains("in:"));
    waiting.abort_all();
    gone.close().await.unwrap();
    let inbox = format!("pop:{{default.t}}:{}", &entered()[16..]);
    server.cli(&["RPUSH", &inbox, "a letter"]);
    assert_eq!(server.cli(&["PTTL", &inbox]), "-1", "it may still be read");

    insert("a").await.unwrap();
    clock.advance(HOUR + Duration::from_secs(1));
    assert!(store.claim(&worker("begins")).await.unwrap().is_some());
    let left: i64 = server.cli(&["PTTL", &inbox]).parse().unwrap();
    assert!((1..=3_600_000).contains(&left), "{left}");
    assert!(!entered().contains("in:"));
}
