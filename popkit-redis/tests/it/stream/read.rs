//! While nothing is wrong.

use std::time::Duration;

use popkit_redis::{ErrorKind, Protocol, ReaderOptions, StreamEvent, StreamReader, StreamStart};

use super::{BLOCK, POLL, add, next, number, numbers, open, open_with};
use crate::support::{config, connect, connect_with, server, set, soon};

#[tokio::test]
async fn every_entry_is_read_once_and_in_order_whichever_way() {
    let server = server();
    for (follow, protocol) in
        [(BLOCK, Protocol::Resp2), (BLOCK, Protocol::Resp3), (POLL, Protocol::Resp2)]
    {
        let redis = connect_with(config(&server.url()).protocol(protocol)).await;
        let options = ReaderOptions::default().follow(follow).batch(7);
        let mut reader = open_with(&redis, "s", StreamStart::Now, options).await;
        let write = async {
            for n in 0..100 {
                add(&redis, "s", n).await;
            }
        };
        let (read, ()) = tokio::join!(numbers(&mut reader, 100), write);
        assert_eq!(read, (0..100).collect::<Vec<_>>(), "{follow:?} {protocol:?}");
    }
}

#[tokio::test]
async fn readers_begin_where_they_are_told_to() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(add(&redis, "s", n).await);
    }
    let mut now = open(&redis, "s", StreamStart::Now).await;
    let mut earliest = open(&redis, "s", StreamStart::Earliest).await;
    let mut after = open(&redis, "s", StreamStart::After(ids[2])).await;
    add(&redis, "s", 5).await;
    assert_eq!(numbers(&mut now, 1).await, [5]);
    assert_eq!(numbers(&mut earliest, 6).await, [0, 1, 2, 3, 4, 5]);
    assert_eq!(numbers(&mut after, 3).await, [3, 4, 5]);
}

#[tokio::test]
async fn a_reader_that_starts_now_misses_nothing_of_a_stream_that_comes_later() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    add(&redis, "s", 0).await;
    add(&redis, "s", 1).await;
    assert_eq!(numbers(&mut reader, 2).await, [0, 1]);
}

#[tokio::test]
async fn several_streams_are_read_by_one_question() {
    let server = server();
    let redis = connect(&server.url()).await;
    let streams = ["a", "b", "c"].map(|key| (key.to_owned(), StreamStart::Earliest)).to_vec();
    for n in 0..10 {
        for key in ["a", "c"] {
            add(&redis, key, n).await;
        }
    }
    let options = ReaderOptions::default().follow(BLOCK);
    let mut reader = StreamReader::open(redis.clone(), streams, options).await.unwrap();
    let before = redis.counters().round_trips;
    for expected in [0, 2] {
        let StreamEvent::Entries { stream, entries } = next(&mut reader).await else { panic!() };
        assert_eq!(stream, expected);
        assert_eq!(entries.iter().map(number).collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    }
    assert_eq!(redis.counters().round_trips - before, 1);
    add(&redis, "b", 0).await;
    let StreamEvent::Entries { stream: 1, .. } = next(&mut reader).await else { panic!() };
}

#[tokio::test]
async fn the_place_is_that_of_what_was_told() {
    let server = server();
    let redis = connect(&server.url()).await;
    let ids = [add(&redis, "s", 0).await, add(&redis, "s", 1).await, add(&redis, "s", 2).await];
    let options = ReaderOptions::default().follow(BLOCK).batch(2);
    let mut reader = open_with(&redis, "s", StreamStart::Earliest, options).await;
    assert_eq!(numbers(&mut reader, 1).await, [0, 1]);
    assert_eq!(reader.position(0), Some(ids[1]));
    assert_eq!(reader.position(1), None);
    let mut resumed = open(&redis, "s", StreamStart::After(ids[1])).await;
    assert_eq!(numbers(&mut resumed, 1).await, [2]);
}

#[tokio::test]
async fn a_question_that_is_dropped_goes_on_with_the_next() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut reader = open(&redis, "s", StreamStart::Now).await;
    let mut read = Vec::new();
    for n in 0..200 {
        add(&redis, "s", n).await;
        let limit = Duration::from_micros(n * 5);
        if let Ok(event) = tokio::time::timeout(limit, reader.next()).await {
            let StreamEvent::Entries { entries, .. } = event.unwrap() else { panic!() };
            read.extend(entries.iter().map(number));
        }
    }
    if read.len() < 200 {
        read.extend(numbers(&mut reader, 200 - read.len()).await);
    }
    assert_eq!(read, (0..200).collect::<Vec<_>>());
    let connections = redis.counters().connections;
    assert_eq!(connections, 2, "the reader's connection was kept");
}

#[tokio::test]
async fn a_nudge_cuts_the_pause_of_a_reader_that_polls() {
    let server = server();
    let redis = connect(&server.url()).await;
    let slow = popkit_redis::Follow::Poll {
        least: Duration::from_secs(300),
        most: Duration::from_secs(300),
    };
    let options = ReaderOptions::default().follow(slow).check_every(Duration::from_secs(3600));
    let mut reader = open_with(&redis, "s", StreamStart::Now, options).await;
    let nudge = reader.nudge();
    let write = async {
        // The first question is asked at once; the second would come in five minutes.
        while !server.commandstats().contains_key("xread") {
            tokio::task::yield_now().await;
        }
        add(&redis, "s", 7).await;
        nudge.now();
    };
    let (read, ()) =
        soon("the entry", async { tokio::join!(numbers(&mut reader, 1), write) }).await;
    assert_eq!(read, [7]);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_at_once() {
    let server = server();
    let redis = connect(&server.url()).await;
    redis.execute(set("text", "x")).await.unwrap();
    let open = async |keys: &[&str]| {
        let streams = keys.iter().map(|key| ((*key).to_owned(), StreamStart::Now)).collect();
        StreamReader::open(redis.clone(), streams, ReaderOptions::default()).await
    };
    assert_eq!(open(&["text"]).await.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(open(&[]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(open(&["a", "b", "a"]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut reader = open(&["later"]).await.unwrap();
    redis.execute(set("later", "x")).await.unwrap();
    for _ in 0..2 {
        let error = soon("the error", reader.next()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
}
