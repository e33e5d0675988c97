//! Staying with the log. Time is the runtime's paused clock.

use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_store::layer::{Injection, Operation};
use tokio::time::{Instant, sleep};

use super::flaky::Fate;
use super::*;

/// Runs a mirror while `then` runs, then shuts it down.
async fn beside<T>(stage: &Stage, then: impl AsyncFnOnce(&TaskMirror) -> T) -> (u64, T) {
    let (mirror, shutdown) = (stage.mirror().await, Shutdown::new());
    let (told, value) = tokio::join!(mirror.run(&shutdown), async {
        let value = then(&mirror).await;
        shutdown.drain();
        value
    });
    (told.unwrap(), value)
}

async fn until_told(stage: &Stage, count: usize) -> Duration {
    let began = Instant::now();
    let poll = async {
        while stage.told().await.messages.len() < count {
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3600), poll).await.expect("it is told");
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_told_within_a_second() {
    let stage = Stage::new();
    let (told, ()) = beside(&stage, async |_| {
        for round in 1..5 {
            sleep(Duration::from_secs(10)).await;
            stage.insert(&format!("t-{round}")).await;
            assert!(until_told(&stage, round).await <= Duration::from_millis(1002));
        }
    })
    .await;
    assert_eq!(told, 4);
    stage.told().await.clean();
}

#[tokio::test(start_paused = true)]
async fn a_poke_makes_it_look_now() {
    let stage = Stage::new();
    beside(&stage, async |mirror| {
        sleep(Duration::from_secs(10)).await;
        stage.insert("t").await;
        mirror.poke();
        assert!(until_told(&stage, 1).await <= Duration::from_millis(2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_log_is_looked_at_once_a_second() {
    let stage = Stage::new();
    beside(&stage, async |_| sleep(Duration::from_secs(100)).await).await;
    let looks = stage.store.injected_into(Operation::History).calls;
    assert!((90..=110).contains(&looks), "{looks} looks in 100 s");
    assert_eq!(stage.store.injected_into(Operation::Save).calls, 1, "nothing new to keep");
}

#[tokio::test(start_paused = true)]
async fn the_last_events_are_told_when_it_ends() {
    let stage = Stage::new();
    let (told, ()) = beside(&stage, async |_| {
        sleep(Duration::from_secs(10)).await;
        stage.insert_many(600).await;
    })
    .await;
    assert_eq!(told, 600);
    assert_eq!(stage.told().await.clean().messages.len(), 600);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_for() {
    let stage = Stage::new();
    stage.insert("a").await;
    stage.transport.script([Fate::Refuse, Fate::Lose, Fate::Refuse]);
    stage.store.script(Operation::History, [Injection::Fail, Injection::Fail]);
    beside(&stage, async |_| {
        until_told(&stage, 1).await;
        stage.store.down();
        stage.insert("b").await;
        sleep(Duration::from_secs(60)).await;
        stage.store.up();
        until_told(&stage, 2).await;
    })
    .await;
    assert_eq!(stage.told().await.events(), ["tasks:new a 1", "tasks:new b 1"]);
}

#[tokio::test(start_paused = true)]
async fn what_waiting_does_not_cure_ends_it() {
    let stage = Stage::new();
    stage.insert("a").await;
    stage.transport.script([Fate::Full]);
    let error = stage.mirror().await.run(&Shutdown::new()).await.unwrap_err();
    assert!(matches!(&error, MirrorError::Transport(_)), "{error}");
    let closed = stage.mirror().await;
    stage.store.close().await.unwrap();
    assert!(matches!(closed.run(&Shutdown::new()).await, Err(MirrorError::Store(_))));
}

#[tokio::test(start_paused = true)]
async fn an_end_at_once_waits_for_no_answer() {
    let stage = Stage::new();
    stage.insert("a").await;
    stage.transport.script([Fate::Hang]);
    let (mirror, shutdown) = (stage.mirror().await, Shutdown::new());
    let end = async {
        sleep(Duration::from_secs(60)).await;
        shutdown.now();
    };
    let (told, ()) = tokio::join!(mirror.run(&shutdown), end);
    assert_eq!(told.unwrap(), 0);
    mirror.catch_up().await.unwrap();
    assert_eq!(stage.told().await.clean().events(), ["tasks:new a 1"]);
}
