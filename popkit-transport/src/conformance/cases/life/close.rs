//! `close`: the end of a transport for all its handles.

use std::collections::BTreeSet;
use std::slice::from_ref;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::conformance::account::account;
use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, channel, earliest, key, messages, once, texts};
use crate::{
    Durability, ErrorKind, Event, Publish, PublishOptions, Result, SubscribeOptions,
    TransportExt as _,
};

fn assert_closed<T: std::fmt::Debug>(what: &str, answer: Result<T>) {
    let error = answer.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Closed, "{what}: {error}");
}

/// After `close` every call is refused with `Closed`.
pub async fn later_calls_are_closed(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    stage.publish(&lane, "x").await;
    let transport = &stage.transport;
    transport.close().await.expect("closed");
    assert_closed("publish", transport.publish(&lane, "x").await);
    let batch = vec![Publish::new(lane.clone(), "x")];
    assert_closed("publish_batch", transport.publish_batch(batch).await);
    assert_closed("subscribe", transport.subscribe(from_ref(&lane)).await);
    if stage.replays() {
        assert_closed("replay", transport.replay(from_ref(&lane)).await);
    }
    assert_closed("ping", transport.ping().await);
    assert_eq!(transport.capabilities(), h.expected_capabilities(), "what it is it stays");
}

/// Closing again is no error, nor is closing what nobody used.
pub async fn twice_is_fine(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    stage.transport.close().await.expect("closed");
    stage.transport.close().await.expect("closed already");
    let (one, two) = tokio::join!(stage.transport.close(), stage.transport.close());
    assert!(one.is_ok() && two.is_ok());
}

/// A subscription tells what was accepted before the end, and then ends.
pub async fn subscriptions_end_after_what_was_accepted(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let opts = |capacity| SubscribeOptions::default().with_capacity(capacity);
    let mut readers = Vec::new();
    for capacity in [1, 4, 256] {
        readers.push(stage.read(from_ref(&lane), opts(capacity)).await);
    }
    stage.count(&lane, 1..=40).await;
    for reader in &mut readers {
        account(&reader.up_to(3).await, 1..=3);
    }
    stage.transport.close().await.expect("closed");
    for reader in &mut readers {
        assert_eq!(account(&reader.rest().await, 4..=40).len(), 37);
    }
}

/// A reader that waits is woken by the end.
pub async fn waiting_readers_end(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lanes = ["a", "b"].map(channel);
    let mut waiting = JoinSet::new();
    for number in 0..3 {
        let mut reader = stage.read(&lanes[..1 + number % 2], SubscribeOptions::default()).await;
        assert!(reader.glance().await.is_none());
        waiting.spawn(async move { reader.rest().await });
    }
    stage.transport.close().await.expect("closed");
    for told in waiting.join_all().await {
        assert!(told.is_empty(), "{told:?}");
    }
}

/// What was accepted while others close is told and kept, and what is refused is not.
pub async fn accepted_while_closing_is_told(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let lane = channel("pop:results");
    let mut reader = stage.listen(&lane).await;
    let mut publishing = JoinSet::new();
    for publisher in 0..4 {
        let (transport, lane) = (Arc::clone(&stage.transport), lane.clone());
        publishing.spawn(async move { publish_to_the_end(&*transport, &lane, publisher).await });
    }
    let mut told = BTreeSet::new();
    for _ in 0..40 {
        told.extend(texts(vec![reader.event().await]));
    }
    stage.transport.close().await.expect("closed");
    told.extend(texts(reader.rest().await));
    let accepted: BTreeSet<String> = publishing.join_all().await.into_iter().flatten().collect();
    let untold: Vec<_> = accepted.difference(&told).collect();
    assert!(untold.is_empty(), "accepted, yet never told: {untold:?}");
}

/// Publishes until the transport is closed; answers with what was accepted.
async fn publish_to_the_end(
    transport: &dyn crate::Transport,
    lane: &popkit_protocol::Channel,
    publisher: usize,
) -> Vec<String> {
    let mut accepted = Vec::new();
    for number in 1.. {
        let text = format!("{publisher} {number}");
        let payload = Bytes::from(text.clone());
        match transport.publish_opts(lane, payload, PublishOptions::default()).await {
            Ok(_) => accepted.push(text),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
                return accepted;
            }
        }
        tokio::task::yield_now().await;
    }
    accepted
}

/// What was accepted is kept: opened again the transport has all of it, cursors are still
/// good, and what is published then comes after it. For transports that outlive their process.
pub async fn what_was_accepted_is_kept(h: &dyn Harness) {
    let mut stage = Stage::new(h).await;
    let able = stage.transport.capabilities();
    if able.durability == Durability::Volatile || !able.replay {
        return;
    }
    let lane = channel("pop:results");
    let heartbeat = channel("pop:heartbeat");
    for life in 0..3_u64 {
        let last = life * 20;
        stage.count(&lane, last + 1..=last + 10).await;
        let relaxed = PublishOptions::default().relaxed();
        for number in last + 11..=last + 20 {
            stage.publish_opts(&lane, number.to_string(), relaxed.clone()).await;
        }
        if able.latest {
            stage.set(&heartbeat, &key("agent-1"), &format!("life {life}")).await;
        }
        let mut reader = stage.read(from_ref(&lane), earliest()).await;
        account(&reader.up_to(last + 13).await, 1..=last + 13);
        let (cursor, before) = (reader.cursor(), stage.all(&lane).await);
        stage.transport.close().await.expect("closed");
        stage = stage.reopen().await;
        assert_eq!(stage.all(&lane).await, before, "as it was before closing");
        account(&stage.resume(&lane, cursor).await.up_to(last + 20).await, last + 14..=last + 20);
        if able.latest {
            let told = messages(stage.read(from_ref(&heartbeat), once()).await.rest().await);
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].payload, format!("life {life}"));
        }
    }
}

/// Closing one handle loses nothing of another one on the same data. That one is closed, too,
/// or goes on, as another process would; nothing is in between.
pub async fn other_handles(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(second) = stage.second().await else { return };
    let lane = channel("pop:results");
    let mut reader = second.listen(&lane).await;
    stage.count(&lane, 1..=5).await;
    second.count(&lane, 6..=10).await;
    stage.transport.close().await.expect("closed");
    account(&reader.up_to(10).await, 1..=10);
    let lives = second.transport.ping().await.is_ok();
    match second.try_publish(&lane, "11", PublishOptions::default()).await {
        Ok(_) => {
            assert!(lives, "it answers, yet gives no sign of life");
            account(&reader.up_to(11).await, 11..=11);
            second.transport.close().await.expect("closed");
        }
        Err(error) => {
            assert!(!lives, "it gives a sign of life, yet refuses: {error}");
            assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        }
    }
    let rest: Vec<Event> = reader.rest().await;
    assert!(rest.is_empty(), "{rest:?}");
}
