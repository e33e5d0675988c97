//! Latest values: each key has one, beside the log.

use std::collections::BTreeMap;
use std::slice::from_ref;

use crate::conformance::account::account;
use crate::conformance::harness::{Harness, Tuning};
use crate::conformance::stage::{
    Stage, after, channel, earliest, key, messages, once, producer, stamped,
};
use crate::{
    Delivery, ErrorKind, Event, Headers, Keep, LatestKey, Publish, PublishOptions, SubscribeOptions,
};

/// The text of a latest value, and whose it is.
fn value(message: &Delivery) -> (LatestKey, String) {
    let key = message.latest.clone().expect("a latest value");
    (key, String::from_utf8_lossy(&message.payload).into_owned())
}

fn values(events: Vec<Event>) -> BTreeMap<LatestKey, String> {
    let told = messages(events);
    let count = told.len();
    let values: BTreeMap<_, _> = told.iter().map(value).collect();
    assert_eq!(values.len(), count, "each key once: {told:?}");
    values
}

/// What is not a latest value.
fn log(events: &[Event]) -> Vec<Event> {
    let of_log = |event: &&Event| match event {
        Event::Message(message) => message.latest.is_none(),
        _ => true,
    };
    events.iter().filter(of_log).cloned().collect()
}

/// Of a key's values the newest alone is there, whole, as it was published.
pub async fn newest_value_only(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() || !stage.replays() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    for round in 1..=5 {
        stage.set(&lane, &key, &format!("value {round}")).await;
    }
    let headers = Headers::new().with("trace", "00-1");
    let opts = stamped(producer(), 1).with_headers(headers.clone()).latest(key.clone());
    let receipt = stage.publish_opts(&lane, "last", opts).await;
    for handle in [&stage, &stage.other().await] {
        let told = messages(handle.all(&lane).await);
        let [told] = told.as_slice() else { panic!("one value, not {told:?}") };
        assert_eq!(value(told), (key.clone(), "last".to_owned()));
        assert_eq!((told.stamp, told.at), (Some(receipt.stamp), receipt.at));
        assert_eq!(told.headers.get("trace"), Some("00-1"));
    }
}

/// Every key of every channel has a value of its own, however alike the keys look.
pub async fn one_value_per_key(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() || !stage.replays() {
        return;
    }
    let lanes = ["pop:heartbeat", "pop:{team}:heartbeat"].map(channel);
    let longest = |end: &str| format!("{}{end}", "k".repeat(128 - end.len()));
    let names = ["a", "A", "a.b", "a_b", "a-b", "a--b", "0", "nul", "CON", "x.tmp"];
    let long = [longest("x"), longest("X"), longest("y")];
    let keys: Vec<_> = names.into_iter().chain(long.iter().map(String::as_str)).map(key).collect();
    let text = |lane: &str, key: &LatestKey, round| format!("{lane} {key} {round}");
    for round in 1..=2 {
        for lane in &lanes {
            for key in &keys {
                stage.set(lane, key, &text(lane.as_str(), key, round)).await;
            }
        }
    }
    for lane in &lanes {
        let expected: BTreeMap<_, _> =
            keys.iter().map(|key| (key.clone(), text(lane.as_str(), key, 2))).collect();
        assert_eq!(values(stage.all(lane).await), expected);
    }
}

/// A reader that begins before now is told the values that are there, and then what changes.
pub async fn new_reader_gets_values(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() || !stage.replays() {
        return;
    }
    let (lane, one, two) = (channel("pop:heartbeat"), key("agent-1"), key("agent-2"));
    stage.set(&lane, &one, "1").await;
    stage.set(&lane, &two, "1").await;
    let mut reader = stage.other().await.read(from_ref(&lane), earliest()).await;
    let told = vec![reader.event().await, reader.event().await];
    assert_eq!(values(told).len(), 2);
    stage.set(&lane, &two, "2").await;
    assert_eq!(value(&reader.message().await), (two, "2".to_owned()));
    reader.is_idle().await;
}

/// A reader that begins with now is told what changes, and nothing else.
pub async fn reader_from_now_gets_changes_only(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() {
        return;
    }
    let (lane, one, two) = (channel("pop:heartbeat"), key("agent-1"), key("agent-2"));
    stage.set(&lane, &one, "1").await;
    stage.set(&lane, &two, "1").await;
    let mut reader = stage.listen(&lane).await;
    reader.is_idle().await;
    stage.other().await.set(&lane, &two, "2").await;
    assert_eq!(value(&reader.message().await), (two.clone(), "2".to_owned()));
    stage.set(&lane, &two, "2").await;
    assert_eq!(value(&reader.message().await), (two, "2".to_owned()), "set to the same is news");
    reader.is_idle().await;
}

/// A reader that comes back is told the values again: they may have changed meanwhile.
pub async fn resumed_reader_gets_values(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() || !stage.replays() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    stage.set(&lane, &key, "1").await;
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    assert_eq!(value(&reader.message().await).1, "1");
    let cursor = reader.cursor();
    drop(reader);
    stage.set(&lane, &key, "2").await;
    let mut next = stage.resume(&lane, cursor.clone()).await;
    assert_eq!(value(&next.message().await).1, "2");
    let told = stage.read(from_ref(&lane), after(cursor).once()).await.rest().await;
    assert_eq!(values(told), BTreeMap::from([(key, "2".to_owned())]));
}

/// Values between two looks may be left out; they are never told backwards, and the newest
/// always comes.
pub async fn newest_always_comes(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    let mut reader = stage.listen(&lane).await;
    let mut told = Vec::new();
    for number in 1..=60_u64 {
        stage.set(&lane, &key, &format!("{number:02}")).await;
        if number % 4 == 0 {
            told.push(value(&reader.message().await).1);
        }
    }
    while told.last().is_none_or(|last| last != "60") {
        told.push(value(&reader.message().await).1);
    }
    assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
    reader.is_idle().await;
}

/// Values are not in the log: they leave no hole in it, push nothing out of it and are not in
/// its count.
pub async fn leaves_the_log_alone(h: &dyn Harness) {
    let stage = Stage::tuned(h, Tuning::default().keep(Keep::ALL.messages(30))).await;
    if !stage.has_latest() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    let mut reader = stage.listen(&lane).await;
    let set = || {
        let opts = PublishOptions::default().latest(key.clone());
        Publish::new(lane.clone(), "alive").with_opts(opts)
    };
    for number in 1..=30_u64 {
        stage.set(&lane, &key, "alive").await;
        let batch = vec![set(), Publish::new(lane.clone(), number.to_string()), set(), set()];
        let answers = stage.transport.publish_batch(batch).await.expect("tried");
        let sequence = answers[1].as_ref().expect("accepted").stamp.sequence;
        assert_eq!(sequence, number, "values took numbers of the log");
    }
    let mut told = Vec::new();
    while log(&told).len() < 30 {
        told.push(reader.event().await);
    }
    account(&log(&told), 1..=30);
    if stage.replays() {
        assert_eq!(account(&log(&stage.all(&lane).await), 1..=30).len(), 30);
    }
}

/// A value moves no cursor: who goes away after it was told still gets what is in the log.
pub async fn cursor_stays_with_the_log(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() || !stage.replays() {
        return;
    }
    let lane = channel("pop:heartbeat");
    for (from, agent) in [(1, "agent-1"), (6, "agent-2"), (11, "agent-3")] {
        stage.count(&lane, from..=from + 4).await;
        stage.set(&lane, &key(agent), "alive").await;
    }
    let mut reader = stage.read(from_ref(&lane), once()).await;
    let mut told = Vec::new();
    while let Some(event) = reader.next().await {
        told.push(event);
        let read = u64::try_from(log(&told).len()).expect("a small number");
        let opts = after(reader.cursor()).once();
        let rest = stage.read(from_ref(&lane), opts).await.rest().await;
        account(&log(&rest), read + 1..=15);
    }
    assert_eq!(told.len(), 18, "fifteen messages, three values");
}

/// Values that change all the time keep no reader from the log, nor the log one from them.
pub async fn starves_no_log(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    let opts = SubscribeOptions::default().with_capacity(1);
    let mut reader = stage.read(from_ref(&lane), opts).await;
    stage.count(&lane, 1..=50).await;
    let (mut of_log, mut values) = (Vec::new(), 0);
    for _ in 0..200 {
        stage.set(&lane, &key, "alive").await;
        let event = reader.event().await;
        if log(from_ref(&event)).is_empty() {
            values += 1;
        } else {
            of_log.push(event);
        }
        if of_log.len() == 50 {
            break;
        }
    }
    account(&of_log, 1..=50);
    assert!(values > 0, "the log has kept all values back");
}

/// A waiting reader wakes for a value.
pub async fn wakes_who_waits(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.has_latest() {
        return;
    }
    let (lane, key) = (channel("pop:heartbeat"), key("agent-1"));
    let mut reader = stage.read(from_ref(&lane), SubscribeOptions::default()).await;
    for handle in [&stage, &stage.other().await] {
        assert!(reader.glance().await.is_none());
        handle.set(&lane, &key, "alive").await;
        assert_eq!(value(&reader.message().await).1, "alive");
    }
}

/// Where latest values are not declared they are refused, and nothing is published.
pub async fn undeclared_is_unsupported(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if stage.has_latest() {
        return;
    }
    let lane = channel("pop:heartbeat");
    let mut reader = stage.listen(&lane).await;
    let opts = PublishOptions::default().latest(key("agent-1"));
    let refused = stage.try_publish(&lane, "x", opts.clone()).await;
    assert_eq!(refused.expect_err("undeclared").kind(), ErrorKind::Unsupported);
    let batch = vec![Publish::new(lane.clone(), "x").with_opts(opts), Publish::new(lane, "y")];
    let answers = stage.transport.publish_batch(batch).await.expect("tried");
    let first = answers[0].as_ref().expect_err("undeclared");
    assert_eq!(first.kind(), ErrorKind::Unsupported);
    assert_eq!(reader.texts(1).await, ["y"]);
}
