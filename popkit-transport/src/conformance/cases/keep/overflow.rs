//! Readers that fall behind: they keep their place or, where they want it so, skip.

use std::slice::from_ref;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel};
use crate::{Event, GapCause, Overflow, SubscribeOptions};

const BEHIND: u64 = 10;

/// From now on, skipping; nothing is fetched ahead.
fn skipping() -> SubscribeOptions {
    let overflow = Overflow::Skip { behind: BEHIND };
    SubscribeOptions::default().with_overflow(overflow).with_capacity(1)
}

/// Checks what a reader is told that fell behind by all of these numbers.
fn assert_skipped(told: &[Event], from: u64, last: u64) {
    let read = account(told, from..=last);
    let newest: Vec<u64> = (last - BEHIND + 1..=last).collect();
    assert!(read.ends_with(&newest), "the newest {BEHIND} are due: {read:?}");
    // Few may have been fetched before it fell behind.
    assert!(read.len() <= 2 * newest.len(), "it was to skip most of the rest: {read:?}");
    let causes = told.iter().filter_map(|event| match event {
        Event::Gap(gap) => Some(gap.cause),
        _ => None,
    });
    let causes: Vec<_> = causes.collect();
    assert!(!causes.is_empty(), "told by a gap");
    assert!(causes.iter().all(|cause| *cause == GapCause::Overflow), "{causes:?}");
}

/// A reader that lags further than it wants goes on with the newest messages, and is told how
/// many it skipped; it may fall behind again.
pub async fn skips_and_tells(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.read(from_ref(&lane), skipping()).await;
    for round in 0..3 {
        let (from, last) = (round * 50 + 1, round * 50 + 50);
        stage.count(&lane, from..=last).await;
        assert_skipped(&reader.up_to(last).await, from, last);
    }
    reader.is_idle().await;
}

/// A reader that is no further behind than it wants to be skips nothing.
pub async fn within_bounds_nothing_is_skipped(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.read(from_ref(&lane), skipping()).await;
    for round in 0..5 {
        let (from, last) = (round * BEHIND + 1, (round + 1) * BEHIND);
        stage.count(&lane, from..=last).await;
        let read = account(&reader.up_to(last).await, from..=last);
        assert_eq!(read.len(), 10, "it was just {BEHIND} behind");
    }
}

/// Only the channel in which a reader is behind is skipped in.
pub async fn each_channel_for_itself(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["busy", "quiet"].map(channel);
    let mut reader = stage.read(&lanes, skipping()).await;
    stage.count(&lanes[1], 1..=BEHIND).await;
    stage.count(&lanes[0], 1..=50).await;
    let mut told: [Vec<Event>; 2] = Default::default();
    let last = |told: &[Event], number: &str| {
        let newest = told.last().cloned().and_then(Event::into_message);
        newest.is_some_and(|message| message.payload == number.as_bytes())
    };
    while !last(&told[0], "50") || !last(&told[1], "10") {
        let event = reader.event().await;
        told[usize::from(*event.channel() == lanes[1])].push(event);
    }
    assert_skipped(&told[0], 1, 50);
    assert_eq!(account(&told[1], 1..=BEHIND).len(), 10);
}

/// What was skipped counts as read, and only for that reader.
pub async fn skipping_moves_the_cursor(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let mut reader = stage.read(from_ref(&lane), skipping()).await;
    stage.count(&lane, 1..=50).await;
    assert_skipped(&reader.up_to(50).await, 1, 50);
    let mut next = stage.resume(&lane, reader.cursor()).await;
    next.is_idle().await;
    stage.count(&lane, 51..=51).await;
    account(&next.up_to(51).await, 51..=51);
    assert_eq!(account(&stage.all(&lane).await, 1..=51).len(), 51);
}

/// A reader that does not say otherwise keeps its place however far it falls behind.
pub async fn keeps_its_place_by_default(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let opts = SubscribeOptions::default().with_capacity(3);
    let mut reader = stage.read(from_ref(&lane), opts).await;
    stage.count(&lane, 1..=700).await;
    assert_eq!(account(&reader.up_to(700).await, 1..=700).len(), 700);
}
