//! Cases with several handles at once. Races of processes are a test of each backend.

use std::slice::from_ref;
use std::sync::Arc;

use popkit_protocol::Channel;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::account::{Ledger, account};
use super::harness::Harness;
use super::reader::Reader;
use super::stage::{Stage, after, channel, earliest, producer, stamped};
use crate::{Cursor, Guarantee, Publish, PublishOptions, SubscribeOptions, Transport};

/// Lets one racer per handle go at the same moment; answers with what they bring, in the
/// order of the racers.
pub(super) async fn race<T, F>(
    stage: &Stage<'_>,
    racers: usize,
    racer: impl Fn(usize, Arc<dyn Transport>) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(racers));
    let mut set = JoinSet::new();
    for (number, handle) in stage.handles(racers).await.into_iter().enumerate() {
        let running = racer(number, handle.transport);
        let gate = Arc::clone(&gate);
        set.spawn(async move {
            gate.wait().await;
            (number, running.await)
        });
    }
    let mut ended: Vec<(usize, T)> = set.join_all().await;
    ended.sort_by_key(|(number, _)| *number);
    ended.into_iter().map(|(_, brought)| brought).collect()
}

/// Publishes `PUBLISHER 1`, `PUBLISHER 2` … in the way that the publisher's number stands
/// for: one by one, relaxed, with stamps of its own, or in batches.
pub(super) async fn publish_as(
    transport: &dyn Transport,
    channel: &Channel,
    publisher: usize,
    count: usize,
) {
    let text = |n: usize| format!("{publisher} {n}");
    let own = producer();
    let mut sent = 0;
    while sent < count {
        let size = if publisher % 4 == 3 { 10.min(count - sent) } else { 1 };
        let opts = |n: usize| match publisher % 4 {
            1 => PublishOptions::default().relaxed(),
            2 => stamped(own, u64::try_from(n).expect("a small number")),
            _ => PublishOptions::default(),
        };
        let mut batch = (sent + 1..=sent + size)
            .map(|n| Publish::new(channel.clone(), text(n)).with_opts(opts(n)));
        if size == 1 {
            let Some(Publish { payload, opts, .. }) = batch.next() else { break };
            transport.publish_opts(channel, payload, opts).await.expect("accepted");
        } else {
            for answer in transport.publish_batch(batch.collect()).await.expect("tried") {
                answer.expect("accepted");
            }
        }
        sent += size;
    }
}

/// Many publish and many read at once, over handles of their own: every reader is told every
/// message once, each publisher's in its order.
pub async fn publishers_and_readers(h: &dyn Harness) {
    const PUBLISHERS: usize = 8;
    const EACH: usize = 100;
    let stage = Stage::new(h).await;
    if stage.transport.capabilities().guarantee != Guarantee::AtLeastOnce {
        return;
    }
    let lanes = ["a", "b"].map(channel);
    let mut reading = JoinSet::new();
    for (number, handle) in stage.handles(4).await.into_iter().enumerate() {
        let opts = if handle.replays() && number % 2 == 0 {
            earliest()
        } else {
            SubscribeOptions::default()
        };
        let mut reader = handle.read(&lanes, opts.with_capacity(1 + number * 30)).await;
        reading.spawn(async move {
            let mut ledger = Ledger::default();
            while ledger.total() < PUBLISHERS * EACH {
                ledger.enter(&reader.event().await);
            }
            reader.is_idle().await;
        });
    }
    race(&stage, PUBLISHERS, |number, transport| {
        let lane = lanes[number % 2].clone();
        async move { publish_as(&*transport, &lane, number, EACH).await }
    })
    .await;
    reading.join_all().await;
}

/// A reader that goes away and comes back again and again, over other handles, from the
/// cursor it saved, is told every message once, each publisher's in its order.
pub async fn reader_restarts(h: &dyn Harness) {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 150;
    let stage = Stage::new(h).await;
    if !stage.replays() {
        return;
    }
    let lanes = ["a", "b"].map(channel);
    let handles = stage.handles(3).await;
    let mut publishing = JoinSet::new();
    for (number, handle) in stage.handles(PUBLISHERS).await.into_iter().enumerate() {
        let (lane, transport) = (lanes[number % 2].clone(), handle.transport);
        publishing.spawn(async move { publish_as(&*transport, &lane, number, EACH).await });
    }
    let mut ledger = Ledger::default();
    let mut saved = Cursor::new().to_string();
    for life in 0_usize.. {
        let cursor: Cursor = saved.parse().expect("its own text");
        let opts = after(cursor).with_capacity([1, 3, 256][life % 3]);
        let mut reader = handles[life % handles.len()].read(&lanes, opts).await;
        for _ in 0..1 + life % 7 {
            let told = reader.glance().await;
            let told = match told {
                Some(told) => told,
                None => reader.event().await,
            };
            ledger.enter(&told);
            saved = reader.cursor().to_string();
            if ledger.total() == PUBLISHERS * EACH {
                break;
            }
        }
        // It may go away while it waits, and with messages that it fetched and did not tell.
        if ledger.total() == PUBLISHERS * EACH {
            break;
        }
    }
    publishing.join_all().await;
    nothing_is_left(&stage, &lanes, &saved).await;
}

async fn nothing_is_left(stage: &Stage<'_>, lanes: &[Channel], saved: &str) {
    let opts = after(saved.parse().expect("its own text")).once();
    let told = stage.read(lanes, opts).await.rest().await;
    assert!(told.is_empty(), "told again: {told:?}");
}

/// One message that two handles publish at once under one stamp, as by a repeat over another
/// connection, is told once, and the next one after it.
pub async fn same_stamp_from_two_handles(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let mine = producer();
    let handles = stage.handles(2).await;
    for number in 1..=50 {
        let publish = |handle: usize| {
            let text = number.to_string();
            handles[handle].publish_opts(&lane, text, stamped(mine, number))
        };
        let (one, two) = tokio::join!(publish(0), publish(1));
        assert_eq!(one.stamp, two.stamp);
    }
    account(&reader.up_to(50).await, 1..=50);
    reader.is_idle().await;
    if stage.replays() {
        let mut late: Reader = stage.read(from_ref(&lane), earliest().once()).await;
        account(&late.rest().await, 1..=50);
    }
}
