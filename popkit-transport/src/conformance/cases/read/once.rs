//! Subscriptions that do not follow: they end after what was there when they began.

use std::slice::from_ref;

use crate::SubscribeOptions;
use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, after, channel, once};

/// It ends after the last message that was there when it began; what comes later is not told.
pub async fn ends_at_the_end(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=20).await;
    for (capacity, last) in [1, 7, 256].into_iter().zip(20_u64..) {
        let mut reader = stage.read(from_ref(&lane), once().with_capacity(capacity)).await;
        stage.count(&lane, last + 1..=last + 1).await;
        account(&reader.rest().await, 1..=last);
    }
    account(&stage.all(&lane).await, 1..=23);
}

/// Where there is nothing it ends at once.
pub async fn on_empty_ends_at_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if stage.replays() {
        let lanes = ["a", "b"].map(channel);
        let mut reader = stage.read(&lanes, once()).await;
        stage.publish(&lanes[0], "too late").await;
        assert!(reader.rest().await.is_empty());
    }
}

/// From now on there is nothing yet: it ends at once.
pub async fn from_now_is_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    stage.publish(&lane, "before").await;
    let mut reader = stage.read(from_ref(&lane), SubscribeOptions::default().once()).await;
    stage.publish(&lane, "after").await;
    assert!(reader.rest().await.is_empty());
}

/// After a cursor it tells the rest. Its own cursor goes on from there.
pub async fn after_a_cursor_tells_the_rest(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=10).await;
    let mut reader = stage.read(from_ref(&lane), once()).await;
    reader.up_to(4).await;
    let mut reader = stage.read(from_ref(&lane), after(reader.cursor()).once()).await;
    account(&reader.rest().await, 5..=10);
    let cursor = reader.cursor();
    let mut reader = stage.read(from_ref(&lane), after(cursor.clone()).once()).await;
    assert!(reader.rest().await.is_empty());
    stage.count(&lane, 11..=12).await;
    let mut reader = stage.read(from_ref(&lane), after(cursor).once()).await;
    account(&reader.rest().await, 11..=12);
}

/// Of several channels it tells each to its end.
pub async fn several_channels_to_their_ends(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lanes = ["a", "b", "c"].map(channel);
    for (lane, last) in lanes.iter().zip([30_u64, 1, 7]) {
        stage.count(lane, 1..=last).await;
    }
    let mut reader = stage.read(&lanes, once().with_capacity(2)).await;
    let told = reader.rest().await;
    for (lane, last) in lanes.iter().zip([30_u64, 1, 7]) {
        let of_lane: Vec<_> = told.iter().filter(|e| e.channel() == lane).cloned().collect();
        account(&of_lane, 1..=last);
    }
}
