//! Cursors: where a reader is, and how the next one goes on from there.

use std::slice::from_ref;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, after, channel, earliest};
use crate::{Cursor, Event, SubscribeOptions};

/// A reader goes on after what the cursor's reader was told; what was fetched for that one
/// but not told is not lost.
pub async fn goes_on_after_it(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=30).await;
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    for number in 1..=29 {
        account(&reader.up_to(number).await, number..=number);
        let mut next = stage.resume(&lane, reader.cursor()).await;
        account(&next.up_to(30).await, number + 1..=30);
    }
    reader.up_to(30).await;
    let mut next = stage.resume(&lane, reader.cursor()).await;
    next.is_idle().await;
    stage.count(&lane, 31..=31).await;
    account(&next.up_to(31).await, 31..=31);
}

/// A cursor from before the first message that was told is where that reader began: one that
/// began with now misses nothing by going away at once.
pub async fn is_there_from_the_start(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lanes = ["a", "b"].map(channel);
    stage.publish(&lanes[0], "before").await;
    let reader = stage.read(&lanes, SubscribeOptions::default()).await;
    let cursor = reader.cursor();
    drop(reader);
    for lane in &lanes {
        assert!(cursor.get(lane).is_some(), "no place in {lane}: {cursor}");
        stage.count(lane, 1..=3).await;
    }
    let mut next = stage.read(&lanes, after(cursor)).await;
    let mut told = Vec::new();
    for _ in 0..6 {
        told.push(next.event().await);
    }
    for lane in &lanes {
        let of_lane: Vec<_> = told.iter().filter(|e| e.channel() == lane).cloned().collect();
        account(&of_lane, 1..=3);
    }
}

/// A cursor is as good for another handle as for the one it was made with.
pub async fn of_another_handle(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=10).await;
    second.count(&lane, 11..=20).await;
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    account(&reader.up_to(7).await, 1..=7);
    let mut reader = second.resume(&lane, reader.cursor()).await;
    account(&reader.up_to(13).await, 8..=13);
    let mut reader = stage.resume(&lane, reader.cursor()).await;
    account(&reader.up_to(20).await, 14..=20);
}

/// A channel that the cursor does not know starts with its oldest message: nothing was read
/// of it yet. What it knows beside the channels that are read is no matter.
pub async fn unknown_channel_starts_early(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let [known, unknown, left_out] = ["a", "b", "c"].map(channel);
    for lane in [&known, &unknown, &left_out] {
        stage.count(lane, 1..=5).await;
    }
    let mut reader = stage.read(&[known.clone(), left_out], earliest()).await;
    let mut told = Vec::new();
    for _ in 0..10 {
        told.push(reader.event().await);
    }
    let mut next = stage.read(&[known.clone(), unknown.clone()], after(reader.cursor())).await;
    account(&next.up_to(5).await, 1..=5);
    assert_eq!(next.cursor().iter().count(), 2, "of the channels that are read");
    stage.count(&known, 6..=6).await;
    assert_eq!(next.message().await.channel, known);
    let mut next = stage.resume(&unknown, Cursor::new()).await;
    account(&next.up_to(5).await, 1..=5);
}

/// A cursor is saved as text, and read again it is the same.
pub async fn survives_text(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:{team}:results");
    stage.count(&lane, 1..=10).await;
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    for number in 1..=9 {
        account(&reader.up_to(number).await, number..=number);
        let saved = reader.cursor().to_string();
        let cursor: Cursor = saved.parse().expect("its own text");
        assert_eq!(cursor, reader.cursor(), "{saved}");
        reader = stage.resume(&lane, cursor).await;
    }
}

/// Its place is that of the last message that was told, in the words of the receipt.
pub async fn names_the_last_position(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    for receipt in stage.count(&lane, 1..=5).await {
        let Event::Message(told) = reader.event().await else { panic!("a message is due") };
        let cursor = reader.cursor();
        let place = cursor.get(&lane).expect("a place");
        assert_eq!((&place.position, &told.position), (&receipt.position, &receipt.position));
        let last = place.producers.get(&receipt.stamp.producer);
        assert_eq!(last, Some(&receipt.stamp.sequence), "what was heard of the producer");
    }
}
