//! What was removed before it was read.

use std::time::Duration;

use popkit_redis::{Command, ReaderOptions, StreamEvent, StreamId, StreamStart};

use super::{BLOCK, POLL, add, next, numbers, open, open_with, trim};
use crate::support::{connect, server};

#[tokio::test]
async fn a_resumed_reader_is_told_of_what_was_trimmed_past_it() {
    let server = server();
    let redis = connect(&server.url()).await;
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(add(&redis, "s", n).await);
    }
    trim(&redis, "s", 3).await;
    let mut reader = open(&redis, "s", StreamStart::After(ids[1])).await;
    let gap = StreamEvent::Gap { stream: 0, after: ids[1], before: Some(ids[7]), missing: None };
    assert_eq!(next(&mut reader).await, gap);
    assert_eq!(numbers(&mut reader, 3).await, [7, 8, 9]);
    let mut sound = open(&redis, "s", StreamStart::After(ids[7])).await;
    assert_eq!(numbers(&mut sound, 2).await, [8, 9]);
    let mut earliest = open(&redis, "s", StreamStart::Earliest).await;
    assert_eq!(numbers(&mut earliest, 3).await, [7, 8, 9], "what was gone before is not missed");
    let mut all = open(&redis, "s", StreamStart::After(StreamId::ZERO)).await;
    let gap = StreamEvent::Gap {
        stream: 0,
        after: StreamId::ZERO,
        before: Some(ids[7]),
        missing: Some(7),
    };
    assert_eq!(next(&mut all).await, gap);
}

#[tokio::test]
async fn a_reader_that_is_overtaken_by_trimming_is_told_how_many_it_missed() {
    let server = server();
    let redis = connect(&server.url()).await;
    for follow in [BLOCK, POLL] {
        redis.execute(Command::new("DEL").arg("s")).await.unwrap();
        let often = Duration::from_millis(10);
        let options = ReaderOptions::default().follow(follow).check_every(often);
        let mut reader = open_with(&redis, "s", StreamStart::Now, options).await;
        for n in 0..10 {
            add(&redis, "s", n).await;
        }
        trim(&redis, "s", 4).await;
        let mut missing = 0;
        let mut read = Vec::new();
        while read.len() < 4 || missing < 6 {
            match next(&mut reader).await {
                StreamEvent::Gap { missing: some, .. } => missing += some.unwrap(),
                StreamEvent::Entries { entries, .. } => {
                    read.extend(entries.iter().map(super::number));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((read, missing), (vec![6, 7, 8, 9], 6), "{follow:?}");
    }
}

#[tokio::test]
async fn a_stream_that_was_removed_is_told_and_its_successor_is_read() {
    let server = server();
    let redis = connect(&server.url()).await;
    let id = add(&redis, "s", 0).await;
    redis.execute(Command::new("DEL").arg("s")).await.unwrap();
    let mut reader = open(&redis, "s", StreamStart::After(id)).await;
    let gap = StreamEvent::Gap { stream: 0, after: id, before: None, missing: None };
    assert_eq!(next(&mut reader).await, gap);
    assert_eq!(reader.position(0), Some(StreamId::ZERO));
    add(&redis, "s", 1).await;
    assert_eq!(numbers(&mut reader, 1).await, [1]);
}

#[tokio::test]
async fn a_stream_that_ends_before_the_reader_is_told_as_another_one() {
    let server = server();
    let redis = connect(&server.url()).await;
    let command = Command::new("XADD").args(["s", "5-0", "n", "0"]);
    redis.execute(command).await.unwrap();
    let later = StreamId::new(1_000, 0);
    let mut reader = open(&redis, "s", StreamStart::After(later)).await;
    assert_eq!(next(&mut reader).await, StreamEvent::Reset { stream: 0 });
    assert_eq!(numbers(&mut reader, 1).await, [0]);
    assert_eq!(reader.position(0), Some(StreamId::new(5, 0)));
}

#[tokio::test]
async fn a_stream_made_anew_under_a_reader_is_told_when_it_looks() {
    let server = server();
    let redis = connect(&server.url()).await;
    let often = ReaderOptions::default().follow(BLOCK).check_every(Duration::from_millis(10));
    let mut reader = open_with(&redis, "s", StreamStart::Earliest, often).await;
    add(&redis, "s", 0).await;
    assert_eq!(numbers(&mut reader, 1).await, [0]);
    redis.execute(Command::new("DEL").arg("s")).await.unwrap();
    let command = Command::new("XADD").args(["s", "5-0", "n", "7"]);
    redis.execute(command).await.unwrap();
    assert_eq!(next(&mut reader).await, StreamEvent::Reset { stream: 0 });
    assert_eq!(numbers(&mut reader, 1).await, [7]);
}
