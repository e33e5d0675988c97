//! Repeats and holes: what the stamps tell a reader.

use std::slice::from_ref;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, earliest, messages, producer, stamped, texts};
use crate::{Event, Gap, GapCause, Publish};

/// A message that is published again with its stamp is told once, by whichever handle it
/// comes again; the reader counts what it drops, where it was kept twice.
pub async fn repeated_stamp_is_told_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let other = stage.other().await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let mine = producer();
    for number in 1..=20_u64 {
        for _ in 0..=number % 3 {
            stage.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
        }
        other.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
    }
    let again = (1..=20_u64).map(|number| {
        Publish::new(lane.clone(), number.to_string()).with_opts(stamped(mine, number))
    });
    let answers = stage.transport.publish_batch(again.collect()).await.expect("tried");
    for (sequence, answer) in (1..).zip(answers) {
        let receipt = answer.expect("a repeat is accepted");
        assert_eq!(receipt.stamp, crate::Stamp { producer: mine, sequence });
    }
    stage.publish_opts(&lane, "21", stamped(mine, 21)).await;
    assert_eq!(account(&reader.up_to(21).await, 1..=21).len(), 21);
    reader.is_idle().await;
}

/// A repeat on the other side of a saved cursor is recognised by the next reader.
pub async fn across_a_cursor_is_told_once(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let (mine, another) = (producer(), producer());
    for number in 1..=5_u64 {
        stage.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
    }
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    account(&reader.up_to(5).await, 1..=5);
    let saved = reader.cursor().to_string();
    for number in 3..=5_u64 {
        stage.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
    }
    stage.publish_opts(&lane, "6", stamped(another, 1)).await;
    stage.publish_opts(&lane, "7", stamped(mine, 6)).await;
    let mut next = stage.other().await.resume(&lane, saved.parse().expect("a cursor")).await;
    account(&next.up_to(7).await, 6..=7);
    next.is_idle().await;
}

/// A number that is left out is told as a gap, where it would have been, once.
pub async fn hole_is_a_gap(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let (mine, another) = (producer(), producer());
    for (who, number) in [(mine, 1), (another, 7), (mine, 2), (mine, 5), (another, 8), (mine, 6)] {
        stage.publish_opts(&lane, number.to_string(), stamped(who, number)).await;
    }
    assert_eq!(reader.texts(3).await, ["1", "7", "2"], "who begins with 7 leaves out nothing");
    let cursor = reader.cursor();
    let gap = Gap::new(lane.clone(), GapCause::Sequence, Some(2));
    assert_eq!(reader.event().await, Event::Gap(gap.clone()));
    assert_eq!(reader.texts(3).await, ["5", "8", "6"]);
    if stage.replays() {
        let mut next = stage.resume(&lane, cursor).await;
        assert_eq!(next.event().await, Event::Gap(gap), "the next reader knows it, too");
        assert_eq!(next.texts(3).await, ["5", "8", "6"]);
    }
}

/// A hole that was told is told to no later reader, also where the first one goes away before
/// it is told what stands behind; the next hole is.
pub async fn told_hole_is_no_news_across_a_cursor(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lane = channel("pop:results");
    let mine = producer();
    for number in [1, 4, 5, 7] {
        stage.publish_opts(&lane, number.to_string(), stamped(mine, number)).await;
    }
    let hole = |missed| Event::Gap(Gap::new(lane.clone(), GapCause::Sequence, Some(missed)));
    let mut reader = stage.read(from_ref(&lane), earliest()).await;
    assert_eq!(reader.texts(1).await, ["1"]);
    assert_eq!(reader.event().await, hole(2));
    let saved = reader.cursor().to_string();
    let next = stage.other().await.resume(&lane, saved.parse().expect("a cursor")).await;
    for mut reader in [reader, next] {
        assert_eq!(reader.texts(2).await, ["4", "5"]);
        assert_eq!(reader.event().await, hole(1));
        assert_eq!(reader.texts(1).await, ["7"]);
        reader.is_idle().await;
    }
}

/// Messages that look alike are no repeats: the same payload, the same number of another
/// producer, the same stamp on another channel.
pub async fn foreign_messages_are_never_repeats(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let other = stage.other().await;
    let (lane, second) = (channel("pop:results"), channel("pop:insights"));
    let mut reader = stage.listen(&lane).await;
    let mut second_reader = stage.listen(&second).await;
    let mine = producer();
    for _ in 0..5 {
        stage.publish(&lane, "same").await;
        other.publish(&lane, "same").await;
        stage.publish_opts(&lane, "same", stamped(producer(), 1)).await;
    }
    for number in 1..=5 {
        stage.publish_opts(&lane, "same", stamped(mine, number)).await;
        stage.publish_opts(&second, "same", stamped(mine, number)).await;
    }
    assert_eq!(reader.texts(20).await, ["same"; 20]);
    assert_eq!(second_reader.texts(5).await, ["same"; 5]);
    assert_eq!((reader.subscription.duplicates(), second_reader.subscription.duplicates()), (0, 0));
    if stage.replays() {
        assert_eq!(texts(stage.all(&lane).await).len(), 20);
        assert_eq!(messages(stage.all(&second).await).len(), 5);
    }
}
