use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Namespace, Topic};
use popkit_redis::{Command, Error, ErrorKind, Reply, ServerError};

use super::*;
use crate::backend::redis::fake;
use crate::backend::redis::position::{Place as Spot, epoch_text};
use crate::{GapCause, Place, Start};

const EPOCH: u64 = 7;

fn text(text: impl Into<String>) -> Reply {
    Reply::Bytes(Bytes::from(text.into()))
}

fn id(number: u64) -> StreamId {
    StreamId::new(17, number)
}

/// A log's entries from this number to that one.
fn entries(numbers: std::ops::RangeInclusive<u64>) -> Reply {
    let entry = |number: u64| {
        let origin = format!("{} 0", epoch_text(EPOCH));
        let fields = [text("a"), text(origin), text("m"), text(number.to_string())];
        Reply::Array(vec![text(id(number).to_string()), Reply::Array(fields.into())])
    };
    Reply::Array(numbers.map(entry).collect())
}

/// A log of which a script knows `last` messages, `HMGET` 5, and `XINFO` 3.
fn answer(command: &Command, last: u64) -> popkit_redis::Result<Reply> {
    let words: Vec<&str> =
        command.arguments().iter().map(|word| str::from_utf8(word).unwrap()).collect();
    let head = |last: u64| {
        let place = Spot::new(EPOCH, id(last)).position().unwrap();
        Reply::Array(vec![text(format!("{} 0 0 0", place.as_str())), Reply::Nil])
    };
    Ok(match command.name() {
        "HMGET" => head(5),
        "EXISTS" => Reply::Int(1),
        "EVALSHA" => Reply::Array(vec![head(last), Reply::Int(1)]),
        "XINFO" if words.last().unwrap().ends_with("results") => {
            let found = [("last-generated-id", text(id(3).to_string())), ("length", Reply::Int(3))];
            Reply::Map(found.map(|(name, value)| (text(name), value)).into())
        }
        "XREAD" => {
            // COUNT, a number, STREAMS, and then the keys and as many places.
            let (keys, places) = words[3..].split_at((words.len() - 3) / 2);
            let at = keys.iter().position(|key| key.ends_with("results")).unwrap();
            let after: StreamId = places[at].parse().unwrap();
            Reply::Map(vec![(text(keys[at]), entries(after.seq + 1..=last + 1))])
        }
        _ => {
            let error = Error::new(ErrorKind::Unexpected, "no such key");
            return Err(error.with_source(ServerError::parse("ERR no such key")));
        }
    })
}

/// What a reader is told first that has read 5 messages, and looks what there is.
async fn told(last: u64) -> Event {
    let shared = fake::shared(move |command| answer(command, last));
    let channel = Namespace::unnamed().channel(&Topic::Results);
    let mut cursor = Cursor::new();
    let place = Spot::new(EPOCH, id(5)).position().unwrap();
    cursor.set(channel.clone(), Place::at(place));
    let opts = SubscribeOptions::default().with_start(Start::After(cursor));
    let mut reader = subscribe(&shared, &[channel], &opts).await.unwrap();
    // After such a pause the streams are looked at.
    tokio::time::advance(Duration::from_secs(60)).await;
    reader.next().await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_knows_less_than_was_read_is_not_believed() {
    let Event::Message(message) = told(5).await else { panic!("no message") };
    assert_eq!(message.payload, "6");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_has_lost_its_end_is_told() {
    let Event::Gap(gap) = told(3).await else { panic!("no gap") };
    assert_eq!(gap.cause, GapCause::Damage);
}
