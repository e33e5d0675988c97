//! Reading streams: everything, in order, and what is gone is told.

mod gap;
mod read;
mod trouble;

use std::time::Duration;

use popkit_redis::{
    Command, Entry, Follow, ReaderOptions, Redis, StreamEvent, StreamId, StreamReader, StreamStart,
};

use crate::support::soon;

pub(crate) const POLL: Follow =
    Follow::Poll { least: Duration::from_millis(1), most: Duration::from_millis(20) };
pub(crate) const BLOCK: Follow = Follow::Block(Duration::from_millis(200));

/// Adds an entry whose field `n` is this number.
pub(crate) async fn add(redis: &Redis, key: &str, number: u64) -> StreamId {
    let command = Command::new("XADD").args([key, "*", "n"]).arg(number);
    redis.execute(command).await.unwrap().into_text().unwrap().parse().unwrap()
}

pub(crate) async fn trim(redis: &Redis, key: &str, keep: u64) {
    let command = Command::new("XTRIM").args([key, "MAXLEN", "="]).arg(keep);
    redis.execute(command).await.unwrap();
}

pub(crate) async fn open(redis: &Redis, key: &str, start: StreamStart) -> StreamReader {
    open_with(redis, key, start, ReaderOptions::default().follow(BLOCK)).await
}

pub(crate) async fn open_with(
    redis: &Redis,
    key: &str,
    start: StreamStart,
    options: ReaderOptions,
) -> StreamReader {
    StreamReader::open(redis.clone(), vec![(key.to_owned(), start)], options).await.unwrap()
}

pub(crate) async fn next(reader: &mut StreamReader) -> StreamEvent {
    soon("the next event", reader.next()).await.unwrap()
}

pub(crate) fn number(entry: &Entry) -> u64 {
    std::str::from_utf8(entry.field("n").unwrap()).unwrap().parse().unwrap()
}

/// The numbers of the next entries, at least so many.
pub(crate) async fn numbers(reader: &mut StreamReader, at_least: usize) -> Vec<u64> {
    let mut found = Vec::new();
    while found.len() < at_least {
        match next(reader).await {
            StreamEvent::Entries { entries, .. } => found.extend(entries.iter().map(number)),
            other => panic!("{other:?} after {found:?}"),
        }
    }
    found
}
