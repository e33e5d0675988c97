use bytes::Bytes;
use popkit_protocol::Timestamp;

use super::*;
use crate::{Place, Position};

fn channel() -> Channel {
    Channel::new("pop:results").unwrap()
}

fn genuine(producer: u128, sequence: u64, second: u64) -> Genuine {
    let producer = ProducerId::from_bits(producer);
    let signed_at = Timestamp::from_millis(second * 1000);
    Genuine { from: Party::Coordinator, stamp: Stamp { producer, sequence }, signed_at }
}

fn delivery() -> Delivery {
    Delivery::new(channel(), Position::new("0").unwrap(), Bytes::new(), Timestamp::EPOCH)
}

fn heartbeat() -> Delivery {
    delivery().with_latest(LatestKey::new("agent-1").unwrap())
}

/// Lets a reader hear this many messages of others.
fn hear_others(heard: &mut Heard, count: u64) {
    for sequence in 1..=count {
        assert!(!heard.is_replay(&delivery(), genuine(99, heard.messages + sequence, 0)));
    }
}

#[test]
fn repeats_of_the_log_are_left_to_the_subscription_until_it_may_have_forgotten() {
    let mut heard = Heard::default();
    for sequence in [1, 2, 5, 5, 1] {
        assert!(!heard.is_replay(&delivery(), genuine(1, sequence, 0)), "{sequence}");
    }
    hear_others(&mut heard, SURE - 10);
    assert!(!heard.is_replay(&delivery(), genuine(1, 5, 0)));
    hear_others(&mut heard, 10);
    for (sequence, replay) in [(1, true), (5, true), (6, false), (6, false)] {
        assert_eq!(heard.is_replay(&delivery(), genuine(1, sequence, 0)), replay, "{sequence}");
    }
    assert!(!heard.is_replay(&delivery(), genuine(2, 1, 0)), "another producer");
}

#[test]
fn what_the_cursor_knows_was_heard() {
    let mut place = Place::at(Position::new("0").unwrap());
    place.producers.insert(ProducerId::from_bits(1), 7);
    let mut heard = Heard::before(&Cursor::from_iter([(channel(), place)]));
    hear_others(&mut heard, SURE);
    assert!(heard.is_replay(&delivery(), genuine(1, 7, 0)));
    assert!(!heard.is_replay(&delivery(), genuine(1, 8, 0)));
}

#[test]
fn a_log_that_begins_anew_is_heard_anew() {
    let mut heard = Heard::default();
    assert!(!heard.is_replay(&delivery(), genuine(1, 5, 0)));
    hear_others(&mut heard, SURE);
    heard.reset(&Channel::new("pop:human").unwrap());
    assert!(heard.is_replay(&delivery(), genuine(1, 5, 0)), "that was another channel");
    heard.reset(&channel());
    assert!(!heard.is_replay(&delivery(), genuine(1, 5, 0)));
}

#[test]
fn an_older_latest_value_is_a_replay() {
    let mut heard = Heard::default();
    for (producer, sequence, second, replay) in [
        (1, 5, 50, false),
        (1, 5, 50, false),
        (1, 4, 60, true),
        (1, 6, 40, false),
        (2, 1, 39, true),
        (2, 1, 41, false),
        (1, 9, 40, true),
    ] {
        let one = genuine(producer, sequence, second);
        assert_eq!(heard.is_replay(&heartbeat(), one.clone()), replay, "{one:?}");
    }
}

#[test]
fn a_latest_value_is_no_replay_of_another_partys() {
    let mut heard = Heard::default();
    let foreign = Genuine { from: Party::Human, ..genuine(1, 9, 90) };
    assert!(!heard.is_replay(&heartbeat(), foreign));
    assert!(!heard.is_replay(&heartbeat(), genuine(1, 5, 50)));
    assert!(heard.is_replay(&heartbeat(), genuine(1, 4, 50)));
}

#[test]
fn the_producers_heard_last_are_remembered() {
    let mut heard = Heard::default();
    let all = u128::try_from(REMEMBERED).unwrap() + 1;
    for producer in 0..all {
        assert!(!heard.is_replay(&delivery(), genuine(producer, 3, 0)));
    }
    assert!(heard.log.len() <= REMEMBERED / 2 + 1, "{}", heard.log.len());
    hear_others(&mut heard, SURE);
    assert!(heard.is_replay(&delivery(), genuine(all - 1, 3, 0)));
    assert!(!heard.is_replay(&delivery(), genuine(0, 3, 0)), "forgotten");
}
