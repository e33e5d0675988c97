use popkit_protocol::{Kinds, Requirement, TaskKind};
use popkit_redis::Reply;

use super::*;
use crate::ErrorKind;

const LEASE: Duration = Duration::from_secs(30);

fn kind(name: &str) -> TaskKind {
    TaskKind::new(name).unwrap()
}

/// Knows the lanes of these kinds, in this order.
fn watch(kinds: &[&str]) -> Watch {
    let text = |text: String| Reply::Bytes(text.into());
    let fields = kinds.iter().enumerate().flat_map(|(lane, name)| {
        let needs = serde_json::to_string(&Requirement::new(kind(name))).unwrap();
        [text(format!("r:{lane:04}")), text(needs)]
    });
    let lanes = Arc::new(Lanes::default());
    lanes.learn("aa", Reply::Array(fields.collect())).unwrap();
    Watch::new(lanes)
}

fn enter<'w>(watch: &'w Watch, kinds: &[&str]) -> Place<'w> {
    let kinds = Kinds::Only(kinds.iter().map(|name| kind(name)).collect());
    watch.enter(&Profile::new("w".try_into().unwrap(), kinds, []), LEASE).unwrap()
}

/// Looks, and finds so many tasks in these lanes.
fn look(watch: &Watch, lanes: &[(u16, usize)]) {
    assert_eq!(watch.next(), Next::Look);
    find(watch, watch.wanted(), lanes);
}

fn find(watch: &Watch, asked: BTreeSet<u16>, lanes: &[(u16, usize)]) {
    let found = Found { asked, lanes: lanes.to_vec(), ..Found::default() };
    watch.found(&found, Duration::ZERO);
}

fn told(place: &mut Place<'_>) -> Option<Told> {
    let told = place.told.try_recv().ok();
    place.acted |= told.is_some();
    told
}

fn is_ready(place: &mut Place<'_>) -> bool {
    matches!(told(place), Some(Told::Ready))
}

fn news(lanes: &[u16]) -> News {
    News { lanes: lanes.to_vec(), upto: StreamId::new(9, 0), ..News::default() }
}

#[track_caller]
fn assert_reads(watch: &Watch) -> (StreamId, Instant) {
    match watch.next() {
        Next::Read(upto, look_at) => (upto, look_at),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn as_many_are_told_as_there_are_tasks_for_first_come_first_served() {
    let watch = watch(&["one", "two"]);
    assert_eq!(watch.next(), Next::Rest);
    let mut first = enter(&watch, &["two"]);
    let mut both = enter(&watch, &["one", "two"]);
    let mut last = enter(&watch, &["one"]);
    look(&watch, &[(0, 1), (1, 1)]);
    assert!(is_ready(&mut first) && is_ready(&mut both) && !is_ready(&mut last));
    assert_reads(&watch);
}

#[tokio::test]
async fn who_comes_is_looked_for_only_where_something_may_be_ready() {
    let watch = watch(&["one", "two"]);
    let _first = enter(&watch, &["one"]);
    assert_eq!(watch.next(), Next::Look);
    // It is being looked: what is found is of use to all.
    let _second = enter(&watch, &["one"]);
    find(&watch, watch.wanted(), &[(1, 0)]);
    assert_reads(&watch);
    let _third = enter(&watch, &["one"]);
    assert_reads(&watch);
    let mut other = enter(&watch, &["two"]);
    look(&watch, &[(1, 3)]);
    assert!(is_ready(&mut other));
}

#[tokio::test]
async fn who_came_meanwhile_for_a_lane_that_nobody_asked_for_is_looked_for() {
    let watch = watch(&["one", "two"]);
    let _first = enter(&watch, &["one"]);
    assert_eq!(watch.next(), Next::Look);
    let asked = watch.wanted();
    let mut second = enter(&watch, &["two"]);
    find(&watch, asked, &[(1, 0)]);
    look(&watch, &[(1, 1)]);
    assert!(is_ready(&mut second));
}

#[tokio::test]
async fn the_stream_makes_somebody_look_where_it_concerns_one_who_waits() {
    let watch = watch(&["one", "two"]);
    let first = enter(&watch, &["one"]);
    look(&watch, &[]);
    watch.read(news(&[1]));
    assert_eq!(assert_reads(&watch).0, StreamId::new(9, 0));
    watch.read(news(&[0]));
    look(&watch, &[]);
    watch.read(News { unclear: true, ..News::default() });
    look(&watch, &[]);
    drop(first);
    // What is told while nobody waits is not forgotten.
    watch.read(news(&[0]));
    assert_eq!(watch.next(), Next::Rest);
    let mut second = enter(&watch, &["one"]);
    look(&watch, &[(0, 1)]);
    assert!(is_ready(&mut second));
}

#[tokio::test]
async fn a_time_that_is_told_is_looked_at_and_so_is_the_end_of_a_rest() {
    tokio::time::pause();
    let watch = watch(&["one"]);
    let _first = enter(&watch, &["one"]);
    look(&watch, &[]);
    let begun = Instant::now();
    assert_eq!(
        assert_reads(&watch).1,
        begun + super::super::QUIET * LEASE,
        "nothing is ready or held"
    );
    watch.read(news(&[7]));
    assert_eq!(assert_reads(&watch).1, begun + LEASE);
    watch.read(News { due: Some(7_000_000), ..News::default() });
    watch.read(News { due: Some(9_000_000), ..News::default() });
    assert_eq!(assert_reads(&watch).1, begun + Duration::from_secs(7));
    watch.must_look();
    look(&watch, &[]);
}

#[tokio::test]
async fn what_was_told_in_vain_is_told_to_another() {
    let watch = watch(&["one"]);
    let (first, mut second) = (enter(&watch, &["one"]), enter(&watch, &["one"]));
    look(&watch, &[(0, 1)]);
    assert_reads(&watch);
    drop(first);
    look(&watch, &[(0, 1)]);
    assert!(is_ready(&mut second));
    drop(second);
    assert_eq!(watch.next(), Next::Rest);
}

#[tokio::test]
async fn a_failure_is_told_to_all_and_nothing_is_known_then() {
    let watch = watch(&["one"]);
    let (mut first, mut second) = (enter(&watch, &["one"]), enter(&watch, &["one"]));
    look(&watch, &[]);
    watch.fail(&Error::new(ErrorKind::RateLimited, "no more").with_retry_after(LEASE));
    for place in [&mut first, &mut second] {
        let Some(Told::Failed(error)) = told(place) else { panic!("it is told") };
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(LEASE)));
    }
    let _third = enter(&watch, &["one"]);
    look(&watch, &[]);
}

#[tokio::test]
async fn closing_tells_all_and_ends_it() {
    let watch = watch(&["one"]);
    let mut first = enter(&watch, &["one"]);
    watch.close();
    assert!(matches!(told(&mut first), Some(Told::Closed)));
    assert_eq!(watch.next(), Next::End);
    assert!(watch.enter(&Profile::new("w".try_into().unwrap(), Kinds::Any, []), LEASE).is_none());
}

#[tokio::test(start_paused = true)]
async fn others_look_again_soon_where_some_were_told() {
    let watch = watch(&["a"]);
    let (mut first, mut second) = (enter(&watch, &["a"]), enter(&watch, &["a"]));
    look(&watch, &[(0, 1)]);
    assert!(is_ready(&mut first) && !is_ready(&mut second));
    assert_eq!(assert_reads(&watch).1, Instant::now() + super::super::AGAIN);
    // Nothing more was found: after a rest is soon enough.
    watch.must_look();
    look(&watch, &[]);
    assert!(assert_reads(&watch).1 > Instant::now() + super::super::AGAIN);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_went_back_loses_no_news() {
    let watch = watch(&["a"]);
    let _waiting = enter(&watch, &["a"]);
    let from = |at: u64| {
        assert_eq!(watch.next(), Next::Look);
        let from = StreamId::new(at, 0);
        watch.found(&Found { asked: watch.wanted(), from, ..Found::default() }, Duration::ZERO);
        watch.must_look();
        watch.lock().known.as_ref().unwrap().upto
    };
    assert_eq!(from(100), StreamId::new(100, 0));
    assert_eq!(from(97), StreamId::new(97, 0), "what is added from here on is news");
    watch.read(News { upto: StreamId::new(99, 0), ..News::default() });
    assert_eq!(from(98), StreamId::new(99, 0), "what was read is read once");
}

#[tokio::test(start_paused = true)]
async fn while_nothing_happens_another_rest_begins() {
    let watch = watch(&["a"]);
    let _waiting = enter(&watch, &["a"]);
    assert_eq!(watch.next(), Next::Look);
    let found = Found { asked: watch.wanted(), cursor: "7".to_owned(), ..Found::default() };
    watch.found(&found, Duration::ZERO);
    let rest = super::super::QUIET * LEASE;
    let (_, first) = assert_reads(&watch);
    assert_eq!(first, Instant::now() + rest);
    tokio::time::advance(rest).await;
    assert_eq!(watch.quiet_since().as_deref(), Some("7"));
    watch.rest();
    assert_eq!(assert_reads(&watch).1, first + rest);
    watch.read(news(&[7]));
    assert_eq!(watch.quiet_since(), None, "something can be claimed");
}
