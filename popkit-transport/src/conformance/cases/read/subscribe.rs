//! `subscribe_opts`: every reader gets everything, from where it starts.

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, earliest, once};
use crate::{ErrorKind, Event, SubscribeOptions};

/// A reader that starts now is told what is published after the answer, and nothing from
/// before; it need not have looked yet.
pub async fn from_now_misses_nothing_after_the_answer(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let other = stage.other().await;
    let lane = channel("pop:results");
    stage.publish(&lane, "before").await;
    for round in 0..20 {
        let mut reader = stage.listen(&lane).await;
        let (one, two) = (format!("one {round}"), format!("two {round}"));
        stage.publish(&lane, one.clone()).await;
        other.publish(&lane, two.clone()).await;
        assert_eq!(reader.texts(2).await, [one, two]);
    }
}

/// A reader that starts with the oldest message is told all that is kept, and then goes on.
pub async fn earliest_reads_all(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=300).await;
    let mut readers = Vec::new();
    for handle in [&stage, &stage.other().await] {
        readers.push(handle.read(std::slice::from_ref(&lane), earliest()).await);
    }
    for reader in &mut readers {
        assert_eq!(account(&reader.up_to(300).await, 1..=300).len(), 300);
    }
    stage.count(&lane, 301..=310).await;
    for reader in &mut readers {
        assert_eq!(account(&reader.up_to(310).await, 301..=310).len(), 10);
    }
}

/// One reader may read several channels; each is told in its order, and the cursor has a
/// place in each.
pub async fn several_channels_at_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["a", "a:b", "b"].map(channel);
    let foreign = channel("c");
    let mut reader = stage.read(&lanes, SubscribeOptions::default()).await;
    for number in 1..=30 {
        for lane in lanes.iter().chain([&foreign]) {
            stage.count(lane, number..=number).await;
        }
    }
    let mut told = Vec::new();
    for _ in 0..90 {
        told.push(reader.event().await);
    }
    for lane in &lanes {
        let of_lane = told.iter().filter(|event| event.channel() == lane).cloned();
        assert_eq!(account(&of_lane.collect::<Vec<_>>(), 1..=30).len(), 30, "{lane}");
        assert!(reader.cursor().get(lane).is_some(), "no place in {lane}");
    }
    assert!(reader.cursor().get(&foreign).is_none());
    reader.is_idle().await;
}

/// A channel where there is always more does not keep a reader from its other channels.
pub async fn busy_channel_starves_no_other(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["a", "b", "c"].map(channel);
    for busy in &lanes {
        let mut reader = stage.read(&lanes, SubscribeOptions::default().with_capacity(1)).await;
        stage.publish(busy, "busy").await;
        for lane in lanes.iter().filter(|lane| *lane != busy) {
            stage.publish(lane, "quiet").await;
        }
        let mut waiting = lanes.len() - 1;
        for _ in 0..200 {
            let told = reader.message().await;
            if told.channel == *busy {
                stage.publish(busy, "busy").await;
            } else {
                waiting -= 1;
            }
            if waiting == 0 {
                break;
            }
        }
        assert_eq!(waiting, 0, "200 messages of {busy} were told before one of the others");
    }
}

/// A subscription to no channel is refused.
pub async fn no_channel_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let refused = stage.transport.subscribe_opts(&[], SubscribeOptions::default()).await;
    let error = refused.expect_err("no channel");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

/// A subscription that names a channel twice is refused.
pub async fn twice_is_refused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["a", "b", "a"].map(channel);
    let refused = stage.transport.subscribe_opts(&lanes, SubscribeOptions::default()).await;
    let error = refused.expect_err("`a` twice");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    stage.listen(&lanes[0]).await;
}

/// A reader that fetches one message at a time is told the same as any other.
pub async fn capacity_of_one(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader =
        stage.read(std::slice::from_ref(&lane), SubscribeOptions::default().with_capacity(1)).await;
    stage.count(&lane, 1..=50).await;
    account(&reader.up_to(50).await, 1..=50);
    stage.count(&lane, 51..=52).await;
    account(&reader.up_to(52).await, 51..=52);
    reader.is_idle().await;
}

/// A reader that wants nothing fetched ahead is given one message at a time.
pub async fn capacity_of_none_is_one(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let opts = SubscribeOptions { capacity: 0, ..SubscribeOptions::default() };
    let mut reader = stage.read(std::slice::from_ref(&lane), opts).await;
    stage.count(&lane, 1..=3).await;
    account(&reader.up_to(3).await, 1..=3);
}

/// Every reader gets every message, however many read.
pub async fn each_reader_gets_all(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut readers = Vec::new();
    for handle in stage.handles(3).await.iter().chain([&stage, &stage]) {
        readers.push(handle.listen(&lane).await);
    }
    stage.count(&lane, 1..=40).await;
    for reader in &mut readers {
        assert_eq!(account(&reader.up_to(40).await, 1..=40).len(), 40);
    }
}

/// Reading takes nothing away: who comes later, or again, is told the same.
pub async fn reading_takes_nothing_away(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=20).await;
    let first = stage.all(&lane).await;
    assert_eq!(account(&first, 1..=20).len(), 20);
    assert_eq!(stage.all(&lane).await, first);
    assert_eq!(stage.other().await.all(&lane).await, first);
}

/// Dropping what `next` gave loses nothing, whenever it is dropped.
pub async fn dropped_next_loses_nothing(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader =
        stage.read(std::slice::from_ref(&lane), SubscribeOptions::default().with_capacity(2)).await;
    let mut told: Vec<Event> = Vec::new();
    let mut asked = 0_u64;
    for number in 1..=60 {
        for _ in 0..number % 3 {
            told.extend(reader.glance().await);
            asked += 1;
        }
        stage.count(&lane, number..=number).await;
        told.extend(reader.glance().await);
        if number % 5 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert!(asked > 0);
    if told.len() < 60 {
        told.extend(reader.up_to(60).await);
    }
    assert_eq!(account(&told, 1..=60).len(), 60);
}

/// A reader that goes away, even while it waits, harms no other and nobody who publishes.
pub async fn dropped_subscription_harms_nobody(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut stays = stage.listen(&lane).await;
    for number in 1..=20 {
        let mut waiting = stage.listen(&lane).await;
        assert!(waiting.glance().await.is_none());
        let unread = stage.listen(&lane).await;
        stage.count(&lane, number..=number).await;
        drop((waiting, unread));
    }
    let mut reading = stage.listen(&lane).await;
    stage.count(&lane, 21..=30).await;
    reading.message().await;
    drop(reading);
    stage.count(&lane, 31..=40).await;
    assert_eq!(account(&stays.up_to(40).await, 1..=40).len(), 40);
}

/// A channel of which nobody has heard is empty, not an error.
pub async fn unknown_channel_is_empty(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:nobody");
    let mut reader = stage.listen(&lane).await;
    reader.is_idle().await;
    if stage.replays() {
        let mut early = stage.read(std::slice::from_ref(&lane), earliest()).await;
        early.is_idle().await;
        assert!(stage.read(std::slice::from_ref(&lane), once()).await.rest().await.is_empty());
        stage.other().await.publish(&lane, "x").await;
        assert_eq!(early.texts(1).await, ["x"]);
    }
}
