use proptest::prelude::*;

use super::*;

fn at(number: u64) -> Cursor {
    Cursor::from_number(number)
}

fn place(events: &[(u64, Topic)]) -> Place {
    let mut place = Place::new(ProducerId::from_bits(1));
    let last = events.last().map_or(0, |(cursor, _)| *cursor);
    place.plan(at(last), events.iter().map(|(cursor, topic)| (at(*cursor), topic.clone())));
    place
}

fn shown(place: &Place) -> Vec<(u64, String, u64)> {
    let show = |p: Planned| (p.cursor.number(), p.topic.name(), p.sequence);
    place.planned().into_iter().map(show).collect()
}

fn answer(place: &mut Place, through: impl Fn(u64) -> bool) {
    let planned = place.planned();
    place.settle(planned.iter().map(|p| (p, through(p.cursor.number()))));
}

#[test]
fn messages_are_numbered_by_channel_in_the_order_of_the_log() {
    use Topic::{TasksClaimed, TasksNew};
    let mut place = place(&[(3, TasksNew), (4, TasksClaimed), (9, TasksNew)]);
    let name = |topic: Topic| topic.name();
    assert_eq!(
        shown(&place),
        [(3, name(TasksNew), 1), (4, name(TasksClaimed), 1), (9, name(TasksNew), 2)]
    );
    assert!(!place.is_settled());
    answer(&mut place, |_| true);
    assert!(place.is_settled());
    place.plan(at(12), [(at(12), TasksNew)]);
    assert_eq!(shown(&place), [(12, name(TasksNew), 3)]);
}

#[test]
fn what_failed_keeps_its_number_until_it_is_overtaken() {
    let topic = Topic::TasksUpdated;
    let events: Vec<_> = (1..=5).map(|n| (n, topic.clone())).collect();
    let name = topic.name();
    let mut later = place(&events);
    answer(&mut later, |n| n <= 3);
    assert_eq!(shown(&later), [(4, name.clone(), 4), (5, name.clone(), 5)]);

    let mut overtaken = place(&events);
    answer(&mut overtaken, |n| n == 1 || n == 3);
    assert_eq!(shown(&overtaken), [(4, name.clone(), 4), (5, name.clone(), 5), (2, name, 6)]);
}

#[test]
fn a_place_survives_its_text() {
    let mut kept = place(&[(1, Topic::TasksNew), (2, Topic::TasksFailed), (5, Topic::TasksNew)]);
    answer(&mut kept, |n| n == 1);
    let text = serde_json::to_string(&kept).unwrap();
    assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), kept);
}

proptest! {
    /// A reader that keeps the highest number it saw, and drops what is not above it, gets
    /// every event, whatever fails.
    #[test]
    fn whatever_fails_a_reader_gets_every_event(
        topics in prop::collection::vec(0..5_usize, 1..30),
        rounds in prop::collection::vec(prop::collection::vec(any::<bool>(), 30), 0..6),
    ) {
        let events: Vec<_> = (1..).zip(topics.iter().map(|t| Topic::TASKS[*t].clone())).collect();
        let mut place = place(&events);
        let (mut last, mut got) = (BTreeMap::<String, u64>::new(), Vec::new());
        let all = vec![true; 30];
        for round in rounds.iter().chain([&all]) {
            let planned = place.planned();
            for (planned, through) in planned.iter().zip(round) {
                let last = last.entry(planned.topic.name()).or_default();
                if *through && planned.sequence > *last {
                    *last = planned.sequence;
                    got.push(planned.cursor.number());
                }
            }
            place.settle(planned.iter().zip(round.iter().copied()));
        }
        prop_assert!(place.is_settled());
        got.sort_unstable();
        prop_assert_eq!(got, events.iter().map(|(cursor, _)| *cursor).collect::<Vec<_>>());
    }
}
