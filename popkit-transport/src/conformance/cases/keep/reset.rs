//! Another log than the cursor was made for: the reader is told, and begins anew.

use std::slice::from_ref;

use popkit_protocol::Channel;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::reader::Reader;
use crate::conformance::stage::{Stage, after, channel, earliest, producer, stamped};
use crate::{Cursor, Event, Place, Position};

async fn assert_reset(reader: &mut Reader, lane: &Channel) {
    let told = reader.event().await;
    assert!(matches!(&told, Event::Reset { channel, .. } if channel == lane), "{told:?}");
}

/// A cursor that another log gave: the reader is told so and then every message from the
/// first, also those that look like what it had heard in the other log.
pub async fn cursor_of_another_log_resets(h: &dyn Harness) {
    let (one, two) = (Stage::new(h).await, Stage::new(h).await);
    if !one.replays() {
        return;
    }
    let lane = channel("pop:results");
    let mine = producer();
    for stage in [&one, &two] {
        for number in 1..=10 {
            stage.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
        }
    }
    for read in [1, 5, 10] {
        let mut reader = one.read(from_ref(&lane), earliest()).await;
        account(&reader.up_to(read).await, 1..=read);
        let mut next = two.resume(&lane, reader.cursor()).await;
        assert_reset(&mut next, &lane).await;
        account(&next.up_to(10).await, 1..=10);
        next.is_idle().await;
        let mut again = two.resume(&lane, next.cursor()).await;
        again.is_idle().await;
    }
}

/// The same where the other log is longer, empty, or has never been written to.
pub async fn position_behind_the_end_resets(h: &dyn Harness) {
    let (long, short) = (Stage::new(h).await, Stage::new(h).await);
    if !long.replays() {
        return;
    }
    let lane = channel("pop:results");
    long.count(&lane, 1..=30).await;
    let mut reader = long.read(from_ref(&lane), earliest()).await;
    reader.up_to(30).await;
    let mut next = short.resume(&lane, reader.cursor()).await;
    assert_reset(&mut next, &lane).await;
    next.is_idle().await;
    short.count(&lane, 1..=3).await;
    account(&next.up_to(3).await, 1..=3);
}

/// A position that no transport of this kind gave is one of another log, not an error.
pub async fn foreign_position_resets(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    stage.count(&lane, 1..=5).await;
    for text in ["elsewhere", "x.1-2-3", "ffffffffffffffff.z", "9-9.9-9.z"] {
        let place = Place::at(Position::new(text).expect("a position"));
        let cursor = Cursor::from_iter([(lane.clone(), place)]);
        let mut reader = stage.resume(&lane, cursor).await;
        assert_reset(&mut reader, &lane).await;
        account(&reader.up_to(5).await, 1..=5);
    }
}

/// Only the channel whose place is from elsewhere is reset.
pub async fn other_channels_go_on(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let [sound, foreign] = ["a", "b"].map(channel);
    for lane in [&sound, &foreign] {
        stage.count(lane, 1..=10).await;
    }
    let mut reader = stage.read(from_ref(&sound), earliest()).await;
    account(&reader.up_to(4).await, 1..=4);
    let mut cursor = reader.cursor();
    let place = Place::at(Position::new("elsewhere").expect("a position"));
    cursor.set(foreign.clone(), place);
    let mut reader = stage.read(&[sound.clone(), foreign.clone()], after(cursor)).await;
    let (mut of_sound, mut of_foreign) = (Vec::new(), Vec::new());
    for _ in 0..6 + 11 {
        let event = reader.event().await;
        if *event.channel() == sound { &mut of_sound } else { &mut of_foreign }.push(event);
    }
    account(&of_sound, 5..=10);
    let told = of_foreign.remove(0);
    assert!(matches!(&told, Event::Reset { channel, .. } if *channel == foreign), "{told:?}");
    account(&of_foreign, 1..=10);
}
