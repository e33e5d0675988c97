//! While connections break and servers die.

use std::time::Duration;

use popkit_redis::{
    Command, ErrorKind, ReaderOptions, Redis, StreamEvent, StreamReader, StreamStart,
};
use popkit_testkit::FaultProxy;

use super::{BLOCK, POLL, add, next, number, numbers, open, open_with};
use crate::support::{config, connect, connect_soon, durable, server, soon, until_ok};

/// Adds entries until all were acknowledged; an unknown outcome is tried again.
async fn add_all(redis: &Redis, numbers: std::ops::Range<u64>, mut trouble: impl FnMut(u64)) {
    for n in numbers {
        trouble(n);
        let command = Command::new("XADD").args(["s", "*", "n"]).arg(n);
        while redis.execute(command.clone()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}

/// Reads up to this number, leaving out what is there twice.
async fn read_all(reader: &mut StreamReader, last: u64) -> Vec<u64> {
    let mut found: Vec<u64> = Vec::new();
    while found.last() != Some(&last) {
        match next(reader).await {
            StreamEvent::Entries { entries, .. } => {
                for number in entries.iter().map(number) {
                    if found.last() != Some(&number) {
                        found.push(number);
                    }
                }
            }
            other => panic!("{other:?} after {:?}", found.last()),
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_lost_while_connections_are_killed() {
    let server = server();
    let redis = connect(&server.url()).await;
    for follow in [BLOCK, POLL] {
        redis.execute(Command::new("DEL").arg("s")).await.unwrap();
        let options = ReaderOptions::default().follow(follow);
        let mut reader = open_with(&redis, "s", StreamStart::Now, options).await;
        let write = add_all(&redis, 0..300, |n| {
            if n % 30 == 29 {
                server.kill_clients();
            }
        });
        let read = soon("all entries", async { tokio::join!(read_all(&mut reader, 299), write).0 });
        assert_eq!(read.await, (0..300).collect::<Vec<_>>(), "{follow:?}");
    }
}

#[tokio::test]
async fn nothing_is_lost_while_the_server_is_killed() {
    let server = durable();
    let redis = connect(&server.url()).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    let write = add_all(&redis, 0..60, |n| {
        if n % 20 == 10 {
            server.kill();
            server.restart();
        }
    });
    let (read, ()) = tokio::join!(read_all(&mut reader, 59), write);
    assert_eq!(read, (0..60).collect::<Vec<_>>());
}

#[tokio::test]
async fn entries_added_in_the_moment_of_a_kill_are_read() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    add(&redis, "s", 0).await;
    assert_eq!(numbers(&mut reader, 1).await, [0]);
    let mut commands =
        vec![Command::new("CLIENT").args(["KILL", "TYPE", "normal", "SKIPME", "yes"])];
    commands.extend((1..=200).map(|n| Command::new("XADD").args(["s", "*", "n"]).arg(n)));
    redis.transaction(commands).await.unwrap();
    assert_eq!(numbers(&mut reader, 200).await, (1..=200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_comes_back_empty_is_told() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    let id = add(&redis, "s", 0).await;
    assert_eq!(numbers(&mut reader, 1).await, [0]);
    server.kill();
    server.restart();
    let gap = StreamEvent::Gap { stream: 0, after: id, before: None, missing: None };
    assert_eq!(next(&mut reader).await, gap);
    add(&redis, "s", 1).await;
    assert_eq!(numbers(&mut reader, 1).await, [1]);
}

#[tokio::test]
async fn a_silent_network_is_survived() {
    let server = server();
    let proxy = FaultProxy::start(server.addr());
    let direct = connect(&server.url()).await;
    let quick = config(&proxy.url())
        .timeout(Duration::from_millis(100))
        .connect_timeout(Duration::from_millis(100));
    let redis = connect_soon(quick).await;
    let options = ReaderOptions::default().follow(super::Follow::Block(Duration::from_millis(50)));
    let mut reader = until_ok("a reader", async || {
        let streams = vec![("s".to_owned(), StreamStart::Now)];
        StreamReader::open(redis.clone(), streams, options.clone()).await
    })
    .await;
    add(&direct, "s", 0).await;
    assert_eq!(numbers(&mut reader, 1).await, [0]);
    proxy.black_hole();
    add(&direct, "s", 1).await;
    let connections = proxy.connections();
    let heal = async {
        while proxy.connections() < connections + 2 {
            tokio::task::yield_now().await;
        }
        proxy.heal();
    };
    let (read, ()) = soon("the entry", async { tokio::join!(numbers(&mut reader, 1), heal) }).await;
    assert_eq!(read, [1]);
}

#[tokio::test]
async fn trouble_is_told_to_those_who_want_to_know_and_reading_goes_on() {
    let server = durable();
    let quick = config(&server.url()).timeout(Duration::from_millis(100));
    let redis = connect_soon(quick).await;
    let options = ReaderOptions::default().follow(BLOCK).patience(Duration::from_millis(300));
    let mut reader = until_ok("a reader", async || {
        let streams = vec![("s".to_owned(), StreamStart::Now)];
        StreamReader::open(redis.clone(), streams, options.clone()).await
    })
    .await;
    server.kill();
    let error = soon("the error", reader.next()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    server.restart();
    let direct = connect(&server.url()).await;
    add(&direct, "s", 0).await;
    let read = async {
        loop {
            match reader.next().await {
                Ok(StreamEvent::Entries { entries, .. }) => return number(&entries[0]),
                Ok(other) => panic!("{other:?}"),
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
    };
    assert_eq!(soon("the entry", read).await, 0);
}

#[tokio::test]
async fn closing_the_handle_ends_reading() {
    let server = server();
    let redis = connect(&server.url()).await;
    for follow in [BLOCK, POLL] {
        let options = ReaderOptions::default().follow(follow);
        let redis = connect(&server.url()).await;
        let mut reader = open_with(&redis, "s", StreamStart::Now, options).await;
        redis.close().await.unwrap();
        let error = soon("the end", reader.next()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
    redis.ping().await.unwrap();
}
