//! `publish_opts`: one message is kept, and its receipt says where.

use std::collections::HashSet;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use popkit_protocol::Clock as _;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, producer, stamped};
use crate::{Capabilities, ErrorKind, Event, PublishOptions, Receipt, Stamp};

/// A receipt says where the message stands, under which stamp and since when; the reader is
/// told the same. No two messages of a channel stand at one position.
pub async fn receipts_name_a_position(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let receipts = stage.count(&lane, 1..=20).await;
    for receipt in &receipts {
        let told = reader.message().await;
        let stamp = told.stamp.expect("a message of ours has a stamp");
        assert_eq!(Receipt::new(told.position, stamp, told.at), *receipt);
        assert_eq!((told.channel, told.latest), (lane.clone(), None));
    }
    let positions: HashSet<_> = receipts.iter().map(|receipt| &receipt.position).collect();
    assert_eq!(positions.len(), receipts.len(), "positions differ: {receipts:?}");
}

/// The time of a message is that of the transport's clock when it accepted it.
pub async fn time_is_the_transports(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(clock) = stage.clock() else { return };
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    for _ in 0..3 {
        let now = clock.now();
        assert_eq!(stage.publish(&lane, "x").await.at, now);
        clock.advance(std::time::Duration::from_millis(1500));
        assert_eq!(reader.message().await.at, now, "not the time of reading");
    }
}

/// A message without a stamp gets the transport's own: its producer's numbers on a channel
/// are 1, 2, 3 …, whatever goes to other channels.
pub async fn sequence_counts_per_channel(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = [channel("pop:results"), channel("pop:insights")];
    let mut producers = HashSet::new();
    for round in 1..=5 {
        for lane in &lanes {
            let stamp = stage.publish(lane, "x").await.stamp;
            assert_eq!(stamp.sequence, round, "on {lane}");
            producers.insert(stamp.producer);
        }
    }
    assert_eq!(producers.len(), 1, "one handle is one producer: {producers:?}");
}

/// A stamp that is given travels as it is; the transport's own count goes on beside it.
pub async fn stamp_given_is_kept(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let mine = producer();
    let mut published = Vec::new();
    for (payload, sequence) in [("a", None), ("b", Some(1)), ("c", None), ("d", Some(2))] {
        let opts = sequence.map_or_else(PublishOptions::default, |n| stamped(mine, n));
        let receipt = stage.publish_opts(&lane, payload, opts).await;
        if let Some(sequence) = sequence {
            assert_eq!(receipt.stamp, Stamp { producer: mine, sequence });
        }
        published.push(receipt.stamp);
    }
    assert_eq!((published[0].sequence, published[2].sequence), (1, 2), "{published:?}");
    for stamp in published {
        assert_eq!(reader.message().await.stamp, Some(stamp));
    }
}

/// A payload is bytes and nothing else: they are read as they were published.
pub async fn payload_is_opaque_bytes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let every: Bytes = (0..=u8::MAX).collect();
    let noise: Bytes =
        (0..100_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let payloads = [
        Bytes::new(),
        Bytes::from_static(b"\0"),
        Bytes::from_static(b"\n"),
        Bytes::from_static(b"one\nand\r\nanother\n\n"),
        Bytes::from_static(b"{\"a\": [1, \"\\u0000\"]}"),
        Bytes::from_static("gr\u{fc}\u{df}e \u{1f980}".as_bytes()),
        Bytes::from_static(b"\xff\xfe broken UTF-8 \xc3"),
        every,
        noise,
        Bytes::new(),
    ];
    for payload in &payloads {
        stage.publish(&lane, payload.clone()).await;
    }
    for (number, payload) in payloads.iter().enumerate() {
        let told = reader.message().await.payload;
        assert!(
            told == *payload,
            "payload {number}: {} bytes became {}",
            payload.len(),
            told.len()
        );
    }
}

/// The largest payload that is declared is taken; every transport takes 1 MiB.
pub async fn largest_payload_is_taken(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let limit = stage.transport.capabilities().max_payload;
    assert!(limit >= Capabilities::MAX_PAYLOAD, "only {limit} bytes");
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let large: Bytes = (0..limit).map(|n| n.to_le_bytes()[n % 3]).collect();
    stage.publish(&lane, large.clone()).await;
    stage.publish(&lane, "after").await;
    assert!(reader.message().await.payload == large, "not the bytes that were published");
    assert_eq!(reader.texts(1).await, ["after"]);
}

/// A payload over the limit is refused, and the refusal names the limit.
pub async fn too_large_is_refused_with_the_limit(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let limit = stage.transport.capabilities().max_payload;
    let large = vec![b'x'; limit + 1];
    let lane = channel("pop:results");
    let refused = stage.try_publish(&lane, large, PublishOptions::default()).await;
    let error = refused.expect_err("one byte too many");
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
    assert!(error.to_string().contains(&limit.to_string()), "the limit is not named: {error}");
}

/// What is refused is nowhere: not in the channel, and not in the count of its producer.
pub async fn refused_leaves_no_trace(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let large = Bytes::from(vec![b'x'; stage.transport.capabilities().max_payload + 1]);
    for round in 1..=3 {
        let refused = stage.try_publish(&lane, large.clone(), PublishOptions::default()).await;
        assert_eq!(refused.expect_err("too large").outcome(), crate::OutcomeKind::NotApplied);
        let receipt = stage.publish(&lane, round.to_string()).await;
        assert_eq!(receipt.stamp.sequence, round, "a refused message took a number");
    }
    account(&reader.up_to(3).await, 1..=3);
}

/// A message that need not be synced is read like any other, among the others.
pub async fn relaxed_is_accepted_alike(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    for number in 1..=20_u64 {
        let opts = PublishOptions { relaxed: number % 3 > 0, ..PublishOptions::default() };
        let receipt = stage.publish_opts(&lane, number.to_string(), opts).await;
        assert_eq!(receipt.stamp.sequence, number);
    }
    assert_eq!(account(&reader.up_to(20).await, 1..=20).len(), 20);
}

/// A publish that is dropped half-way is done or not done. It leaves no hole, and later
/// messages are not touched.
pub async fn dropped_one_is_done_or_not(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    for number in 1..=40_u64 {
        {
            let opts = PublishOptions::default();
            let mut dropped = pin!(stage.try_publish(&lane, format!("dropped {number}"), opts));
            for _ in 0..number % 5 {
                let mut done = false;
                std::future::poll_fn(|cx| {
                    done = dropped.as_mut().poll(cx).is_ready();
                    Poll::Ready(())
                })
                .await;
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        stage.publish(&lane, number.to_string()).await;
    }
    let (mut next, mut dropped) = (1, HashSet::new());
    while next <= 40 {
        let Event::Message(told) = reader.event().await else { panic!("a hole before {next}") };
        let text = String::from_utf8_lossy(&told.payload).into_owned();
        if text.starts_with("dropped ") {
            assert!(dropped.insert(text.clone()), "{text} was told twice");
        } else {
            assert_eq!(text, next.to_string(), "in order");
            next += 1;
        }
    }
}
