//! Retention: what a channel keeps for sure, and how a reader learns of what is gone.

use std::slice::from_ref;
use std::time::Duration;

use popkit_protocol::Channel;

use crate::conformance::account::{account, number};
use crate::conformance::harness::{Harness, Tuning};
use crate::conformance::stage::{Stage, channel, earliest, producer, stamped};
use crate::{Cursor, Event, Gap, GapCause, Keep, Publish, PublishOptions};

/// The bound on messages of these cases.
const KEPT: u64 = 20;

/// A number in a hundred bytes.
fn wide(number: u64) -> String {
    format!("{number:0>100}")
}

async fn kept(h: &dyn Harness, keep: Keep) -> Stage<'_> {
    Stage::tuned(h, Tuning::default().keep(keep)).await
}

async fn publish_many(stage: &Stage<'_>, lane: &Channel, from: u64, count: u64) {
    publish_as(stage, lane, from, count, |_| PublishOptions::default()).await;
}

async fn publish_as(
    stage: &Stage<'_>,
    lane: &Channel,
    from: u64,
    count: u64,
    opts: impl Fn(u64) -> PublishOptions + Send + Sync,
) {
    let one = |n| Publish::new(lane.clone(), wide(n)).with_opts(opts(n).relaxed());
    let batch = (from..from + count).map(one).collect();
    for answer in stage.transport.publish_batch(batch).await.expect("tried") {
        answer.expect("accepted");
    }
}

/// The number of the oldest message that is kept.
async fn oldest(stage: &Stage<'_>, lane: &Channel) -> u64 {
    let mut reader = stage.read(from_ref(lane), earliest()).await;
    loop {
        if let Event::Message(message) = reader.event().await {
            return number(&message);
        }
    }
}

/// Publishes numbers from this one on until it is gone, and answers with the last one. Nobody
/// has to remove anything; after some thousand messages nothing is expected any more.
async fn outgrow(stage: &Stage<'_>, lane: &Channel, from: u64) -> u64 {
    outgrow_as(stage, lane, from, |_| PublishOptions::default()).await
}

async fn outgrow_as(
    stage: &Stage<'_>,
    lane: &Channel,
    from: u64,
    opts: impl Fn(u64) -> PublishOptions + Send + Sync,
) -> u64 {
    let mut last = from - 1;
    while last < 6000 {
        publish_as(stage, lane, last + 1, 50, &opts).await;
        last += 50;
        if oldest(stage, lane).await > from {
            break;
        }
    }
    last
}

fn gaps(events: &[Event]) -> Vec<&Gap> {
    fn gap(event: &Event) -> Option<&Gap> {
        if let Event::Gap(gap) = event { Some(gap) } else { None }
    }
    events.iter().filter_map(gap).collect()
}

/// What is within all bounds is kept.
pub async fn kept_messages_are_kept(h: &dyn Harness) {
    let all = Keep::ALL.age(Duration::from_secs(3600)).bytes(1024 * 1024).messages(KEPT);
    for keep in [Keep::ALL.messages(KEPT), Keep::ALL.bytes(64 * 1024), all] {
        let stage = kept(h, keep).await;
        if !stage.replays() {
            return;
        }
        let lane = channel("pop:results");
        publish_many(&stage, &lane, 1, KEPT).await;
        let read = account(&stage.all(&lane).await, 1..=KEPT);
        assert_eq!(read.len(), 20, "{keep:?}");
        publish_many(&stage, &lane, KEPT + 1, 180).await;
        let oldest = oldest(&stage, &lane).await;
        assert!(oldest <= 181, "of 200 only those from {oldest} on, under {keep:?}");
    }
}

/// A reader that comes for messages that are gone is told how many, and then the rest.
pub async fn late_reader_gets_a_gap_and_the_rest(h: &dyn Harness) {
    for keep in [Keep::ALL.messages(KEPT), Keep::ALL.bytes(64 * 1024)] {
        let stage = kept(h, keep).await;
        if !stage.replays() {
            return;
        }
        let lane = channel("pop:results");
        publish_many(&stage, &lane, 1, 2).await;
        let mut early = stage.read(from_ref(&lane), earliest().with_capacity(1)).await;
        account(&early.up_to(1).await, 1..=1);
        let cursor = early.cursor();
        let last = outgrow(&stage, &lane, 3).await;
        let oldest = oldest(&stage, &lane).await;
        let late = stage.resume(&lane, cursor).await;
        for (mut reader, was_reading) in [(late, false), (early, true)] {
            let told = reader.up_to(last).await;
            let read = account(&told, 2..=last);
            assert!(read.contains(&last), "the newest is kept");
            if keep.messages.is_some() {
                assert!(read.ends_with(&(last - KEPT + 1..=last).collect::<Vec<_>>()), "{read:?}");
            }
            // One that reads on may still hold what was removed meanwhile.
            let causes: Vec<_> = gaps(&told).iter().map(|gap| gap.cause).collect();
            let complete = causes.is_empty();
            assert!(complete == (oldest <= 2) || was_reading, "from {oldest}, told {causes:?}");
            assert!(causes.iter().all(|cause| *cause == GapCause::Retention), "{causes:?}");
        }
    }
}

/// A gap that was told counts as read: the next reader is told what comes after it.
pub async fn gap_moves_the_cursor(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.messages(KEPT)).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let unread = stage.listen(&lane).await.cursor();
    let last = outgrow(&stage, &lane, 1).await;
    let mut late = stage.resume(&lane, unread).await;
    let Event::Gap(gap) = late.event().await else { return };
    let cursor = late.cursor();
    let rest = stage.resume(&lane, cursor.clone()).await.up_to(last).await;
    let Some(position) = gap.resumed else {
        // The backend knows no place behind it: then the gap is told again.
        account(&rest, 1..=last);
        return;
    };
    assert_eq!(cursor.get(&lane).map(|place| &place.position), Some(&position));
    if let Some(missed) = gap.missed {
        account(&rest, missed + 1..=last);
    }
    assert_eq!(rest, late.up_to(last).await, "what the first reader is told after its gap");
}

/// What a gap took is not told once more as holes in the numbers of its publishers: neither to
/// who is told the gap nor to who goes on from its cursor, wherever it goes away. What is lost
/// later is.
pub async fn told_gap_is_no_news_across_a_cursor(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.messages(KEPT)).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let two = [producer(), producer()];
    // Odd numbers are of the one, even ones of the other.
    let opts =
        |number: u64| stamped(two[usize::from(number.is_multiple_of(2))], number.div_ceil(2));
    publish_as(&stage, &lane, 1, 2, opts).await;
    let mut early = stage.read(from_ref(&lane), earliest()).await;
    account(&early.up_to(2).await, 1..=2);
    let saved = early.cursor();
    drop(early);
    let last = outgrow_as(&stage, &lane, 3, opts).await;
    let mut late = stage.resume(&lane, saved).await;
    let Event::Gap(Gap { missed: Some(missed), resumed: Some(_), .. }) = late.event().await else {
        // Nothing is gone; or the backend knows no place behind it, and tells it again.
        return;
    };
    let text = |cursor: Cursor| cursor.to_string().parse().expect("its own text");
    let told_gap: Cursor = text(late.cursor());
    let mut next = stage.other().await.resume(&lane, told_gap.clone()).await;
    let first = missed + 3;
    assert_eq!(account(&next.up_to(first).await, first..=first), [first]);
    let mut next = stage.other().await.resume(&lane, text(next.cursor())).await;
    for reader in [&mut late, &mut next] {
        let told = reader.up_to(last).await;
        assert!(gaps(&told).is_empty(), "told again: {told:?}");
    }
    // Two numbers of one of them are left out.
    let hole = last + 1;
    stage.publish_opts(&lane, wide(last + 3), opts(last + 5)).await;
    let gone_since = stage.resume(&lane, told_gap).await;
    for (mut reader, from) in [(late, hole), (next, hole), (gone_since, first)] {
        let told = reader.up_to(last + 3).await;
        account(&told, from..=last + 3);
        let holes = gaps(&told).into_iter().filter(|gap| gap.cause == GapCause::Sequence);
        assert_eq!(holes.map(|gap| gap.missed).collect::<Vec<_>>(), [Some(2)]);
    }
}

/// Who starts with the oldest message that is kept misses nothing of what is kept, and is told
/// first how many no longer are.
pub async fn earliest_is_the_oldest_kept(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.messages(KEPT)).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let last = outgrow(&stage, &lane, 1).await;
    let first = oldest(&stage, &lane).await;
    let told = stage.all(&lane).await;
    let read = account(&told, 1..=last);
    assert_eq!(read, (first..=last).collect::<Vec<_>>());
    assert!(last - first + 1 >= KEPT, "only {first} to {last} are kept");
    let missed: Vec<_> = gaps(&told).iter().map(|gap| (gap.cause, gap.missed)).collect();
    let expected = (first > 1).then_some((GapCause::Retention, Some(first - 1)));
    assert_eq!(missed, expected.into_iter().collect::<Vec<_>>());
}

/// A reader that keeps up is told everything, whatever is removed behind it.
pub async fn who_keeps_up_misses_nothing(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.messages(KEPT)).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    for from in (1..=600).step_by(10) {
        publish_many(&stage, &lane, from, 10).await;
        assert_eq!(account(&reader.up_to(from + 9).await, from..=from + 9).len(), 10);
    }
}

/// A bound is one for each channel: what many messages of one push out is their own.
pub async fn each_channel_for_itself(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.messages(KEPT).bytes(64 * 1024)).await;
    if !stage.replays() {
        return;
    }
    let (busy, quiet) = (channel("pop:busy"), channel("pop:quiet"));
    publish_many(&stage, &quiet, 1, 3).await;
    outgrow(&stage, &busy, 1).await;
    assert_eq!(account(&stage.all(&quiet).await, 1..=3).len(), 3);
}

/// By age: what is younger is kept; what is gone because it was older is told as a gap.
pub async fn age(h: &dyn Harness) {
    let stage = kept(h, Keep::ALL.age(Duration::from_secs(60))).await;
    let Some(clock) = stage.clock() else { return };
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let unread = stage.listen(&lane).await.cursor();
    publish_many(&stage, &lane, 1, 10).await;
    clock.advance(Duration::from_secs(40));
    publish_many(&stage, &lane, 11, 10).await;
    assert_eq!(account(&stage.all(&lane).await, 1..=20).len(), 20, "none is older than 60 s");
    clock.advance(Duration::from_secs(30));
    publish_many(&stage, &lane, 21, 10).await;
    let told = stage.resume(&lane, unread).await.up_to(30).await;
    let read = account(&told, 1..=30);
    assert!(read.ends_with(&(11..=30).collect::<Vec<_>>()), "none of these is older: {read:?}");
    assert_eq!(gaps(&told).is_empty(), oldest(&stage, &lane).await == 1, "{told:?}");
}
