use proptest::prelude::*;

use super::*;
use crate::stream::StreamStart;

fn id(ms: u64) -> StreamId {
    StreamId::new(ms, 0)
}

/// A stream with the entries `first..=last` of all that were added as `1..=last`.
fn holding(first: u64, last: u64) -> Summary {
    Summary {
        length: last + 1 - first,
        added: Some(last),
        last: id(last),
        first: Some(id(first)).filter(|_| first <= last),
    }
}

fn after(ms: u64) -> Place {
    Place::new(StreamStart::After(id(ms)), None)
}

fn gap(after: u64, before: Option<u64>, missing: Option<u64>) -> Verdict {
    Verdict::Gap { after: id(after), before: before.map(id), missing }
}

#[test]
fn a_reader_whose_entry_is_there_misses_nothing() {
    let mut place = after(3);
    assert_eq!(judge(&mut place, Some(&holding(2, 9))), Verdict::Sound);
    assert_eq!(judge(&mut place, Some(&holding(3, 9))), Verdict::Sound);
    let mut place = after(9);
    assert_eq!(judge(&mut place, Some(&holding(10, 9))), Verdict::Sound, "all of it was read");
    assert_eq!(place.count, Some(9));
}

#[test]
fn entries_trimmed_past_the_reader_are_a_gap_and_told_once() {
    let mut place = after(3);
    assert_eq!(judge(&mut place, Some(&holding(6, 9))), gap(3, Some(6), None));
    assert_eq!(place.read, id(6).before());
    assert_eq!(judge(&mut place, Some(&holding(6, 9))), Verdict::Sound);
    assert_eq!(judge(&mut place, Some(&holding(8, 9))), gap_from(place_before(6), 8, 2));
}

fn place_before(ms: u64) -> StreamId {
    id(ms).before()
}

fn gap_from(after: StreamId, before: u64, missing: u64) -> Verdict {
    Verdict::Gap { after, before: Some(id(before)), missing: Some(missing) }
}

#[test]
fn a_reader_that_knows_its_count_knows_how_many_are_missing() {
    let mut place = Place::new(StreamStart::Now, Some(&holding(1, 3)));
    assert_eq!(judge(&mut place, Some(&holding(4, 9))), Verdict::Sound, "4 follows 3");
    let mut place = Place::new(StreamStart::Now, Some(&holding(1, 3)));
    assert_eq!(judge(&mut place, Some(&holding(6, 9))), gap(3, Some(6), Some(2)));
    let mut place = Place::new(StreamStart::Now, Some(&holding(1, 3)));
    assert_eq!(judge(&mut place, Some(&holding(10, 9))), gap(3, None, Some(6)));
    assert_eq!((place.read, place.count), (id(9), Some(9)));
}

#[test]
fn the_earliest_entry_follows_nothing_and_zero_follows_all() {
    let found = holding(5, 9);
    let mut place = Place::new(StreamStart::Earliest, Some(&found));
    assert_eq!(judge(&mut place, Some(&found)), Verdict::Sound);
    assert_eq!(judge(&mut place, Some(&holding(7, 9))), gap(0, Some(7), Some(2)));
    let mut place = Place::new(StreamStart::After(StreamId::ZERO), Some(&found));
    assert_eq!(judge(&mut place, Some(&found)), gap(0, Some(5), Some(4)));
}

#[test]
fn entries_lost_between_two_looks_show_when_the_reader_has_caught_up() {
    let mut place = Place::new(StreamStart::Now, Some(&holding(1, 3)));
    // 4 and 5 were trimmed before `XREAD` came for them.
    place.advance(id(9), 4);
    assert_eq!(judge(&mut place, Some(&holding(6, 9))), gap(3, None, Some(2)));
    assert_eq!(judge(&mut place, Some(&holding(6, 9))), Verdict::Sound);
}

#[test]
fn a_stream_that_is_gone_is_a_gap_and_its_successor_is_read_from_the_start() {
    let mut place = after(3);
    assert_eq!(judge(&mut place, None), gap(3, None, None));
    assert_eq!(place.read, StreamId::ZERO);
    assert_eq!(judge(&mut place, None), Verdict::Sound);
    let mut fresh = Place::new(StreamStart::Now, None);
    assert_eq!(judge(&mut fresh, None), Verdict::Sound);
    assert_eq!(judge(&mut fresh, Some(&holding(1, 2))), Verdict::Sound);
    assert_eq!(judge(&mut fresh, Some(&holding(2, 2))), gap(0, Some(2), Some(1)));
}

#[test]
fn a_stream_that_ends_before_the_reader_is_another_one() {
    let mut place = after(9);
    assert_eq!(judge(&mut place, Some(&holding(1, 4))), Verdict::Reset);
    assert_eq!((place.read, place.count), (StreamId::ZERO, Some(0)));
    assert_eq!(judge(&mut place, Some(&holding(1, 4))), Verdict::Sound);
    // Fewer entries than were read, with later ids.
    let mut place = Place::new(StreamStart::Now, Some(&holding(1, 5)));
    let other = Summary { length: 2, added: Some(2), last: id(50), first: Some(id(49)) };
    assert_eq!(judge(&mut place, Some(&other)), Verdict::Reset);
}

#[test]
fn without_a_count_of_the_server_gaps_are_told_once_and_not_counted() {
    let silent = |first, last| Summary { added: None, ..holding(first, last) };
    let mut place = Place::new(StreamStart::Earliest, Some(&silent(3, 5)));
    assert_eq!(judge(&mut place, Some(&silent(3, 5))), Verdict::Sound);
    place.advance(id(4), 2);
    assert_eq!(judge(&mut place, Some(&silent(7, 9))), gap(4, Some(7), None));
    assert_eq!(judge(&mut place, Some(&silent(7, 9))), Verdict::Sound);
}

#[derive(Debug, Clone)]
enum Step {
    Add(u64),
    Trim(u64),
    Read(u64),
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..6_u64).prop_map(Step::Add),
        (0..6_u64).prop_map(Step::Trim),
        (1..6_u64).prop_map(Step::Read),
        Just(Step::Look),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    /// Whatever is added, trimmed and read in whatever order: what was read and what was told
    /// as missing make up everything, once the reader has caught up.
    #[test]
    fn every_entry_is_read_or_told_as_missing(steps in steps()) {
        let (mut first, mut last) = (1, 0);
        let mut place = Place::new(StreamStart::Now, None);
        let (mut read, mut missing) = (0, 0);
        let mut look = |place: &mut Place, first, last| {
            let found = (last > 0).then(|| holding(first, last));
            match judge(place, found.as_ref()) {
                Verdict::Gap { missing: Some(number), .. } => missing += number,
                Verdict::Sound => {}
                other => panic!("{other:?}"),
            }
        };
        let mut take = |place: &mut Place, number: u64, first: u64, last: u64| {
            let from = first.max(place.read.ms + 1);
            let to = last.min(from + number - 1);
            if from <= to {
                place.advance(id(to), usize::try_from(to - from + 1).unwrap());
                read += to - from + 1;
            }
        };
        for step in steps {
            match step {
                Step::Add(number) => last += number,
                Step::Trim(keep) => first = first.max((last + 1).saturating_sub(keep)),
                Step::Read(number) => take(&mut place, number, first, last),
                Step::Look => look(&mut place, first, last),
            }
        }
        take(&mut place, u64::MAX / 2, first, last);
        look(&mut place, first, last);
        prop_assert_eq!(read + missing, last);
    }
}
