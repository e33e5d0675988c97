use bytes::Bytes;
use popkit_protocol::Timestamp;

use super::*;
use crate::{Delivery, LatestKey};

fn channel() -> Channel {
    Channel::new("pop:results").unwrap()
}

fn message(producer: u128, sequence: u64) -> Event {
    Event::Message(delivery(producer, sequence))
}

fn delivery(producer: u128, sequence: u64) -> Delivery {
    let position = Position::new(format!("p.{producer}-{sequence}")).unwrap();
    let stamp = Stamp { producer: ProducerId::from_bits(producer), sequence };
    Delivery::new(channel(), position, Bytes::new(), Timestamp::EPOCH).with_stamp(stamp)
}

fn sift() -> Sift {
    Sift::new(Cursor::from_iter([(channel(), Place::at(Position::new("0").unwrap()))]))
}

/// The next reader, by the saved cursor of this one.
fn resumed(sift: &Sift) -> Sift {
    Sift::new(sift.cursor().to_string().parse().unwrap())
}

fn missing(count: u64) -> Verdict {
    Verdict::TellFirst(Gap::new(channel(), GapCause::Sequence, Some(count)))
}

#[test]
fn repeats_are_dropped_per_producer() {
    let mut sift = sift();
    for (event, verdict) in [
        (message(1, 1), Verdict::Tell),
        (message(1, 2), Verdict::Tell),
        (message(2, 1), Verdict::Tell),
        (message(1, 2), Verdict::Drop),
        (message(1, 1), Verdict::Drop),
        (message(1, 3), Verdict::Tell),
    ] {
        assert_eq!(sift.judge(&event), verdict, "{event:?}");
    }
    assert_eq!(sift.duplicates(), 2);
}

#[test]
fn a_hole_is_told_once() {
    let mut sift = sift();
    assert_eq!(sift.judge(&message(1, 7)), Verdict::Tell, "who begins in the middle knows nothing");
    let late = message(1, 10);
    assert_eq!(sift.judge(&late), missing(2));
    let mut next = resumed(&sift);
    for reader in [&mut sift, &mut next] {
        assert_eq!(reader.judge(&late), Verdict::Tell);
        assert_eq!(reader.judge(&message(1, 11)), Verdict::Tell);
        assert_eq!(reader.judge(&message(1, 13)), missing(1));
    }
    assert_eq!(sift.judge(&message(1, 9)), Verdict::Drop);
}

#[test]
fn after_a_gap_a_jump_is_no_news() {
    let mut sift = sift();
    assert_eq!(sift.judge(&message(1, 1)), Verdict::Tell);
    let gap = Event::Gap(Gap::new(channel(), GapCause::Retention, Some(5)));
    assert_eq!(sift.judge(&gap), Verdict::Tell);
    assert_eq!(sift.judge(&message(1, 1)), Verdict::Drop, "repeats are still known");
    assert_eq!(sift.judge(&message(1, 7)), Verdict::Tell);
    assert_eq!(sift.judge(&message(1, 9)), missing(1));
}

#[test]
fn after_a_gap_a_jump_is_no_news_to_the_next_reader_either() {
    let mut sift = sift();
    for producer in [1, 2] {
        assert_eq!(sift.judge(&message(producer, 1)), Verdict::Tell);
    }
    let gap = Event::Gap(Gap::new(channel(), GapCause::Retention, Some(5)));
    assert_eq!(sift.judge(&gap), Verdict::Tell);
    let mut sift = resumed(&sift);
    assert_eq!(sift.judge(&message(1, 1)), Verdict::Drop, "repeats are still known");
    assert_eq!(sift.judge(&message(1, 4)), Verdict::Tell);
    let mut sift = resumed(&sift);
    assert_eq!(sift.judge(&message(1, 6)), missing(1), "everything since the gap was read");
    assert_eq!(sift.judge(&message(2, 4)), Verdict::Tell, "nothing of it was read, yet");
    assert_eq!(sift.judge(&message(2, 6)), missing(1));
}

#[test]
fn a_gap_of_many_producers_keeps_the_cursor_short() {
    let mut sift = sift();
    for producer in 0..2000 {
        sift.judge(&message(u128::MAX - producer, u64::MAX - 1));
    }
    sift.judge(&Event::Gap(Gap::new(channel(), GapCause::Overflow, Some(5))));
    let cursor = sift.cursor();
    let place = cursor.get(&channel()).unwrap();
    assert_eq!((place.producers.len(), place.unsure.len()), (CARRIED, CARRIED));
    let text = cursor.to_string();
    assert!(text.len() < 8 * 1024, "{} bytes: {text}", text.len());
}

#[test]
fn another_log_begins_anew() {
    let mut sift = sift();
    assert_eq!(sift.judge(&message(1, 5)), Verdict::Tell);
    assert_eq!(sift.judge(&Event::Reset { channel: channel(), resumed: None }), Verdict::Tell);
    assert_eq!(sift.judge(&message(1, 1)), Verdict::Tell);
}

#[test]
fn a_cursor_carries_what_was_heard_last() {
    let mut sift = sift();
    for producer in 0..2000 {
        assert_eq!(sift.judge(&message(producer, 3)), Verdict::Tell);
    }
    let cursor = sift.cursor();
    let place = cursor.get(&channel()).unwrap();
    assert_eq!(place.position.as_str(), "p.1999-3");
    assert_eq!(place.producers.len(), CARRIED);
    let mut next = Sift::new(cursor);
    assert_eq!(next.judge(&message(1999, 3)), Verdict::Drop);
    assert_eq!(next.judge(&message(1990, 5)), missing(1));
    assert_eq!(next.judge(&message(0, 3)), Verdict::Tell, "forgotten");
}

#[test]
fn latest_values_and_foreign_messages_are_never_repeats() {
    let mut sift = sift();
    let key = LatestKey::new("agent-1").unwrap();
    for sequence in [3, 3, 1, 9] {
        let latest = Event::Message(delivery(1, sequence).with_latest(key.clone()));
        assert_eq!(sift.judge(&latest), Verdict::Tell);
        let mut foreign = delivery(1, sequence);
        foreign.stamp = None;
        assert_eq!(sift.judge(&Event::Message(foreign)), Verdict::Tell);
    }
    assert!(sift.cursor().get(&channel()).unwrap().producers.is_empty());
}

#[test]
fn a_latest_value_does_not_move_the_cursor() {
    let mut sift = sift();
    let key = LatestKey::new("agent-1").unwrap();
    sift.judge(&message(1, 1));
    sift.judge(&Event::Message(delivery(1, 9).with_latest(key)));
    assert_eq!(sift.cursor().get(&channel()).unwrap().position.as_str(), "p.1-1");
}
