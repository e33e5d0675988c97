//! Cut connections: a publish is done, not done or unknown, and a reader goes on where it was.
//! For harnesses that can cut.

use std::collections::BTreeMap;
use std::slice::from_ref;

use popkit_protocol::Channel;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::reader::{PATIENCE, Reader};
use crate::conformance::stage::{Stage, channel, earliest, producer, stamped, texts};
use crate::{Event, OutcomeKind, PublishOptions, Stamp, SubscribeOptions};

/// Tries before a publish or a read counts as failed for good.
const TRIES: usize = 200;

/// Publishes again and again with one stamp until it is accepted.
async fn persist(stage: &Stage<'_>, lane: &Channel, stamp: Stamp) {
    for _ in 0..TRIES {
        let opts = PublishOptions::default().with_stamp(stamp);
        match stage.try_publish(lane, stamp.sequence.to_string(), opts).await {
            Ok(receipt) => return assert_eq!(receipt.stamp, stamp),
            Err(error) => assert!(error.is_retryable(), "a cut is no reason to give up: {error}"),
        }
        tokio::task::yield_now().await;
    }
    panic!("{stamp:?} was not accepted in {TRIES} tries");
}

/// Begins to read; errors must be such that asking again is right.
async fn begin(stage: &Stage<'_>, lane: &Channel, opts: SubscribeOptions) -> Reader {
    for _ in 0..TRIES {
        match stage.transport.subscribe_opts(from_ref(lane), opts.clone()).await {
            Ok(subscription) => return Reader::new(subscription),
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
        tokio::task::yield_now().await;
    }
    panic!("nothing but errors");
}

/// The next event; errors on the way must be such that asking again is right.
async fn event(reader: &mut Reader) -> Event {
    for _ in 0..TRIES {
        let next = tokio::time::timeout(PATIENCE, reader.subscription.next()).await;
        match next.expect("told in time").expect("a cut is not the end") {
            Ok(event) => return event,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("nothing but errors");
}

/// A reader whose connection is cut goes on where it was: nothing is lost, nothing repeated.
pub async fn reader_goes_on(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = begin(&stage, &lane, SubscribeOptions::default()).await;
    let mine = producer();
    let mut told = Vec::new();
    for round in 0..10 {
        for number in 1..=10 {
            persist(&stage, &lane, Stamp { producer: mine, sequence: round * 10 + number }).await;
        }
        // Behind by more at each cut, and at the last one by nothing.
        for _ in 0..[9, 9, 8, 14, 10][usize::try_from(round % 5).expect("small")] {
            told.push(event(&mut reader).await);
        }
        if !stage.cut().await {
            return;
        }
    }
    while told.len() < 100 {
        told.push(event(&mut reader).await);
    }
    assert_eq!(account(&told, 1..=100).len(), 100);
}

/// A publish that is repeated with its stamp until it is accepted is told once, in its order,
/// whatever became of the tries.
pub async fn repeated_publish_is_told_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = begin(&stage, &lane, SubscribeOptions::default()).await;
    let mine = producer();
    for sequence in 1..=60 {
        if sequence % 2 == 0 && !stage.cut().await {
            return;
        }
        persist(&stage, &lane, Stamp { producer: mine, sequence }).await;
    }
    let mut told = Vec::new();
    while told.len() < 60 {
        told.push(event(&mut reader).await);
    }
    assert_eq!(account(&told, 1..=60).len(), 60);
}

/// What an error says of a publish is true: what was surely not applied is nowhere, what was
/// accepted is there; only of what is unknown either may be.
pub async fn outcomes_are_honest(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let mut said: BTreeMap<String, Option<OutcomeKind>> = BTreeMap::new();
    for number in 1..=60 {
        if number % 2 == 0 && !stage.cut().await {
            return;
        }
        let text = format!("{number:02}");
        let answer = stage.try_publish(&lane, text.clone(), stamped(producer(), 1)).await;
        said.insert(text, answer.err().map(|error| error.outcome()));
    }
    persist(&stage, &lane, Stamp { producer: producer(), sequence: 100 }).await;
    let mut reader = begin(&stage, &lane, earliest()).await;
    let mut there = Vec::new();
    while there.last().is_none_or(|last| last != "100") {
        there.extend(texts(vec![event(&mut reader).await]));
    }
    for (text, outcome) in said {
        let count = there.iter().filter(|told| **told == text).count();
        match outcome {
            None => assert_eq!(count, 1, "{text} was accepted"),
            Some(OutcomeKind::NotApplied) => assert_eq!(count, 0, "{text} was not applied"),
            Some(_) => assert!(count <= 1, "{text} is there {count} times"),
        }
    }
}
