//! The last replies of slots do not pile up.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Kinds, ManualClock, NewTask, Outcome, Profile, RandomIds, TaskId};
use popkit_store::{Claimant, InsertOptions, RedisOptions, TaskStore as _, TaskStoreExt as _};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer};

fn worker(agent: &str) -> Claimant {
    Claimant::new(&RandomIds, Profile::new(agent.try_into().unwrap(), Kinds::Any, []))
}

#[tokio::test]
async fn replies_of_slots_that_are_silent_for_an_hour_are_swept() {
    let server = RedisServer::start(ServerOptions::default().aof(Aof::Off));
    let clock = Arc::new(ManualClock::default());
    let options = server.url().parse::<RedisOptions>().unwrap();
    let store = options.clock(Arc::clone(&clock) as _).open().await.unwrap();
    let task =
        |i: usize| NewTask::new(TaskId::new(format!("t{i}")).unwrap(), "w".try_into().unwrap());
    store.insert_opts((0..600).map(task).collect(), InsertOptions::default()).await.unwrap();
    let slots = || server.cli(&["ZCARD", "pop:{default.t}:slots"]).parse::<usize>().unwrap();
    let replies = || {
        let names = server.cli(&["HKEYS", "pop:{default.t}:tasks"]);
        names.lines().filter(|name| name.starts_with("a:")).count()
    };
    let work = async |who: &Claimant| {
        let lease = store.claim(who).await.unwrap().unwrap();
        store.finish(who, &lease, Outcome::Done { result: None }).await.unwrap();
    };
    let lasting = worker("lasting");
    work(&lasting).await;
    // Each holder works once: as a command does that claims from a shell.
    for _ in 0..20 {
        work(&worker("once")).await;
    }
    assert_eq!((slots(), replies()), (21, 21));
    clock.advance(Duration::from_secs(3601));
    work(&lasting).await;
    assert_eq!((slots(), replies()), (21, 21), "who comes back looks for nobody");
    for _ in 0..5 {
        work(&worker("once")).await;
    }
    assert_eq!((slots(), replies()), (6, 6), "the one in use is kept");
}
