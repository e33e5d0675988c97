//! A primary that Sentinels name, and its successor.

use std::time::Duration;

use popkit_protocol::OutcomeKind;
use popkit_redis::{Command, ErrorKind, Notice, Role, StreamStart, Topics};
use popkit_testkit::{RedisOptions, RedisSentinel};

use crate::stream::{add, next, number, open};
use crate::support::{
    DEADLINE, config, connect, connect_with, incr, refused, server, set, soon, until_ok, value,
};

fn url(sentinels: &RedisSentinel) -> String {
    let addresses: Vec<_> = sentinels.sentinel_addrs().iter().map(ToString::to_string).collect();
    format!("redis+sentinel://{}/{}", addresses.join(","), sentinels.service())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_is_found_and_so_is_its_successor() {
    let sentinels = RedisSentinel::start(3);
    let redis = connect(&url(&sentinels)).await;
    redis.execute(set("a", "1")).await.unwrap();
    let before = redis.identity("a").await.unwrap();
    assert_eq!(before.role, Some(Role::Primary));
    sentinels.wait_synced();

    let old = sentinels.kill_primary();
    // The call that met the dead primary may be unknown; from then on calls wait.
    until_ok("a write to the successor", async || redis.execute(set("b", "2")).await).await;
    sentinels.wait_failover(old);
    assert_eq!(value(&redis, "a").await.as_deref(), Some("1"));
    let after = redis.identity("a").await.unwrap();
    assert_ne!(before.replication_id, after.replication_id, "a loss can be seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_steps_down_is_left() {
    let sentinels = RedisSentinel::start(1);
    let redis = connect(&url(&sentinels)).await;
    redis.execute(incr("n")).await.unwrap();
    sentinels.wait_synced();
    sentinels.failover();
    let mut done = 1;
    soon("writes to the successor", async {
        while done < 4 {
            match redis.execute(incr("n")).await {
                Ok(_) => done += 1,
                Err(error) => assert_ne!(error.outcome(), OutcomeKind::NotApplied, "{error}"),
            }
        }
    })
    .await;
    let number: u64 = value(&redis, "n").await.unwrap().parse().unwrap();
    assert!(number >= 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_listeners_and_what_blocks_follow_the_failover() {
    let sentinels = RedisSentinel::start(1);
    let redis = connect(&url(&sentinels)).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    let mut listener = redis.subscribe(Topics::channels(["a"])).await.unwrap();
    let mut line = redis.dedicated().unwrap();
    add(&redis, "s", 0).await;
    sentinels.wait_synced();
    let old = sentinels.kill_primary();
    sentinels.wait_failover(old);
    let write = Command::new("XADD").args(["s", "*", "n", "1"]);
    until_ok("a write to the successor", async || redis.execute(write.clone()).await).await;
    let mut read = Vec::new();
    while read.last() != Some(&1) {
        match next(&mut reader).await {
            popkit_redis::StreamEvent::Entries { entries, .. } => {
                read.extend(entries.iter().map(number));
            }
            other => panic!("{other:?}"),
        }
    }
    read.dedup();
    assert_eq!(read, [0, 1]);
    assert_eq!(soon("the notice", listener.next()).await.unwrap(), Notice::Missed);
    until_ok("a call on the line", async || {
        line.execute(Command::new("PING"), Duration::ZERO).await
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_about_sentinels_is_told() {
    let sentinels = RedisSentinel::start(1);
    let addresses = sentinels.sentinel_addrs();
    let error = refused(config(&format!("redis+sentinel://{}/other", addresses[0]))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("no working primary called other; check the name"), "{error}");
    let error = refused(config(&format!("redis://{}", addresses[0]))).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    assert!(error.message().contains("is a Sentinel; use redis+sentinel://"), "{error}");
    let plain = server();
    let error = refused(config(&format!("redis+sentinel://{}/m", plain.addr()))).await;
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    let nobody = RedisSentinel::start(1);
    let url = url(&nobody);
    drop(nobody);
    let error = refused(config(&url)).await;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, OutcomeKind::NotApplied));
}

#[tokio::test]
async fn the_password_of_the_primary_is_used() {
    let options = RedisOptions::default().password("hunter2");
    let sentinels = RedisSentinel::start_opts(1, options);
    let config = config(&url(&sentinels)).connect_timeout(DEADLINE);
    let redis = connect_with(config.clone().password("hunter2")).await;
    redis.execute(set("a", "1")).await.unwrap();
    let error = refused(config.password("wrong")).await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}
