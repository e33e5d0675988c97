use bytes::Bytes;
use popkit_protocol::Namespace;
use popkit_redis::Keyspace;

use super::*;
use crate::backend::redis::position::epoch_text;

fn tape(place: Place) -> Tape {
    let channel = Channel::new("pop:results").unwrap();
    let keys = Keys::new(&Keyspace::new(&Namespace::unnamed(), false), &channel);
    Tape::new(channel, keys, place)
}

/// An entry as `XRANGE` lists it.
fn entry(id: StreamId, fields: &[(&str, &str)]) -> Entry {
    let text = |text: &str| popkit_redis::Reply::Bytes(Bytes::copy_from_slice(text.as_bytes()));
    let fields = fields.iter().flat_map(|(name, value)| [text(name), text(value)]).collect();
    let id = text(&id.to_string());
    Entry::read(popkit_redis::Reply::Array(vec![id, popkit_redis::Reply::Array(fields)])).unwrap()
}

fn message(epoch: u64, ms: u64, number: u64) -> Entry {
    let origin = format!("{} 0", epoch_text(epoch));
    entry(StreamId::new(ms, number), &[("a", &origin), ("m", &number.to_string())])
}

/// What is told, one line per event.
fn lines(events: Vec<Event>) -> Vec<String> {
    let line = |event| match event {
        Event::Message(message) => String::from_utf8(message.payload.to_vec()).unwrap(),
        Event::Gap(gap) => format!("{} {:?}", gap.cause.as_str(), gap.missed),
        Event::Reset { .. } => "reset".to_owned(),
    };
    events.into_iter().map(line).collect()
}

fn told(tape: &mut Tape, entries: &[Entry]) -> Vec<String> {
    let mut events = Vec::new();
    tape.begin(&mut events);
    entries.iter().for_each(|entry| tape.take(entry, &mut events));
    lines(events)
}

#[test]
fn numbers_tell_what_is_missing() {
    let mut tape = tape(Place::default());
    assert_eq!(told(&mut tape, &[message(1, 10, 1), message(1, 10, 2)]), ["1", "2"]);
    assert_eq!(told(&mut tape, &[message(1, 11, 5)]), ["retention Some(2)", "5"]);
    let mut events = Vec::new();
    tape.removed_up_to(StreamId::new(12, 9), &mut events);
    tape.removed_up_to(StreamId::new(12, 9), &mut events);
    assert_eq!(lines(events), ["retention Some(4)"], "once");
    assert_eq!(told(&mut tape, &[message(1, 13, 10)]), ["10"]);
}

#[test]
fn a_gap_says_where_reading_goes_on() {
    let mut tape = tape(Place::default());
    let mut events = Vec::new();
    tape.take(&message(7, 10, 4), &mut events);
    let [Event::Gap(gap), Event::Message(_)] = events.as_slice() else { panic!("{events:?}") };
    let resumed = Place::of(gap.resumed.as_ref().unwrap()).unwrap();
    assert_eq!(resumed, Place::new(7, StreamId::new(10, 3)));
}

#[test]
fn another_log_is_a_reset_and_is_read_as_it_is() {
    let mut tape = tape(Place::new(1, StreamId::new(10, 5)));
    assert_eq!(told(&mut tape, &[message(2, 20, 1), message(2, 20, 2)]), ["reset", "1", "2"]);
    assert_eq!(told(&mut tape, &[message(3, 30, 3)]), ["reset", "retention Some(2)", "3"]);
}

#[test]
fn a_log_that_has_lost_its_end_is_damage() {
    let mut tape = tape(Place::new(1, StreamId::new(10, 5)));
    let entries = [message(1, 8, 3), message(1, 20, 4), message(1, 21, 5)];
    assert_eq!(told(&mut tape, &entries), ["damage None", "3", "4", "5"]);
    tape.shortened_first();
    assert_eq!(told(&mut tape, &[message(1, 22, 6)]), ["damage None", "6"]);
}

#[test]
fn who_is_too_far_behind_is_told_once_how_much_was_passed_over() {
    let mut tape = tape(Place::default());
    let head = Head { last: StreamId::new(20, 9), ..Head::default() };
    tape.skip(&head, 2);
    assert_eq!(told(&mut tape, &[message(1, 10, 1), message(1, 10, 2)]), [""; 0]);
    let entries = [message(1, 10, 7), message(1, 10, 8), message(1, 10, 9)];
    assert_eq!(told(&mut tape, &entries), ["overflow Some(7)", "8", "9"]);
}

#[test]
fn a_log_that_is_gone_has_expired_or_was_deleted() {
    let place = Place::new(1, StreamId::new(10, 5));
    let of = |epoch, exists| {
        let mut tape = tape(place);
        let last = StreamId::new(10, 7);
        let mut events = Vec::new();
        let head = Head { epoch, last, exists, ..Head::default() };
        tape.vanished(&head, &mut events);
        tape.vanished(&head, &mut events);
        lines(events)
    };
    assert_eq!(of(1, false), ["retention Some(2)"], "its head tells what was missed");
    assert_eq!(of(0, false), ["reset"]);
    assert_eq!(of(2, true), [""; 0], "the entries of the new one tell");
}

#[test]
fn what_others_have_added_has_no_number() {
    let mut tape = tape(Place::new(1, StreamId::new(10, 5)));
    let foreign = entry(StreamId::new(11, 0), &[("m", "foreign")]);
    let strange = entry(StreamId::new(11, 1), &[("x", "y")]);
    let damaged = entry(StreamId::new(12, 7), &[("a", &format!("{} 0", epoch_text(1)))]);
    let entries = [foreign, strange, message(1, 12, 6), damaged, message(1, 12, 8)];
    assert_eq!(told(&mut tape, &entries), ["foreign", "6", "damage Some(1)", "8"]);
}
