//! Reading on after failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_transport::layer::{Injection, Operation, Retry, RetryOptions};
use popkit_transport::{
    Capabilities, Error, ErrorKind, Event, MemoryTransport, Pong, Publish, PublishOptions, Receipt,
    Result, Source, SubscribeOptions, Subscription, Transport, TransportExt as _,
};
use tokio::time::Instant;

use super::support::{SECOND, channel, fault, is_waiting, latest, memory, next, retry, told};

#[tokio::test(start_paused = true)]
async fn a_reader_sees_no_error_and_misses_nothing() {
    let fault = fault();
    let transport = retry(fault.clone());
    let mut reader = transport.replay(&[channel()]).await.unwrap();
    let failures = [Injection::Fail, Injection::Lose, Injection::SlowDown(SECOND)];
    for number in 0..30 {
        transport.publish(&channel(), number.to_string()).await.unwrap();
        fault.script(Operation::Read, failures.into_iter().take(number % 4));
        assert_eq!(next(&mut reader).await.payload, number.to_string());
    }
    assert_eq!(reader.duplicates(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_waits_through_an_outage() {
    let fault = fault();
    let options = RetryOptions::default().max_tries(1000).deadline(SECOND * 600);
    let transport = Retry::with_options(fault.clone(), options);
    let mut reader = transport.subscribe(&[channel()]).await.unwrap();
    // However long nothing comes: the time to give up in runs from the first failure.
    assert_eq!(reader.next_within(SECOND * 3600).await.unwrap(), None);
    fault.down();
    assert_eq!(reader.next_within(SECOND * 300).await.unwrap(), None, "no error either");
    fault.inner().publish(&channel(), "meanwhile").await.unwrap();
    fault.up();
    assert_eq!(next(&mut reader).await.payload, "meanwhile");
}

#[tokio::test(start_paused = true)]
async fn when_the_tries_are_used_up_the_reader_is_told_and_may_ask_again() {
    let fault = fault();
    let transport = retry(fault.clone());
    transport.publish(&channel(), "1").await.unwrap();
    let mut reader = transport.replay(&[channel()]).await.unwrap();
    fault.down();
    for _ in 0..2 {
        let error = reader.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().ends_with("(tries 5)"), "{error}");
    }
    fault.up();
    assert_eq!(next(&mut reader).await.payload, "1");

    let before = Instant::now();
    fault.script(Operation::Read, [Injection::SlowDown(SECOND * 60)]);
    let error = reader.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), before.elapsed()), (ErrorKind::RateLimited, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn the_end_is_no_failure() {
    let fault = fault();
    let transport = retry(fault.clone());
    for number in 1..=3 {
        transport.publish(&channel(), number.to_string()).await.unwrap();
    }
    fault.script(Operation::Read, [Injection::Fail, Injection::Fail, Injection::Fail]);
    assert_eq!(told(&transport).await, ["1", "2", "3"]);

    let mut reader = transport.subscribe(&[channel()]).await.unwrap();
    transport.publish(&channel(), "accepted").await.unwrap();
    transport.close().await.unwrap();
    fault.script(Operation::Read, [Injection::Fail, Injection::Fail, Injection::Fail]);
    assert_eq!(next(&mut reader).await.payload, "accepted");
    assert!(reader.next().await.is_none());
}

/// A transport whose subscriptions die: after each event their source fails for ever.
#[derive(Debug, Clone)]
struct Mortal {
    inner: MemoryTransport,
    subscribed: Arc<AtomicUsize>,
}

struct MortalSource {
    inner: Box<dyn Source>,
    dead: bool,
}

#[async_trait]
impl Source for MortalSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        if std::mem::replace(&mut self.dead, true) {
            return Err(Error::new(ErrorKind::Unavailable, "the connection is gone for good"));
        }
        self.inner.next().await
    }
}

#[async_trait]
impl Transport for Mortal {
    fn backend(&self) -> &'static str {
        "mortal"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        self.inner.publish_opts(channel, payload, opts).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        self.inner.publish_batch(batch).await
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        self.subscribed.fetch_add(1, Ordering::Relaxed);
        // One event per read, so that there is something to lose.
        let opts = opts.with_capacity(1);
        let subscription = self.inner.subscribe_opts(channels, opts).await?;
        Ok(subscription.wrap(|inner| MortalSource { inner, dead: false }))
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

fn mortal() -> Mortal {
    Mortal { inner: memory(), subscribed: Arc::default() }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_dead_is_begun_anew_where_it_was() {
    let mortal = mortal();
    let transport = retry(mortal.clone());
    mortal.publish(&channel(), "before").await.unwrap();
    let mut reader = transport.subscribe(&[channel()]).await.unwrap();
    for number in 1..=20 {
        mortal.publish(&channel(), number.to_string()).await.unwrap();
    }
    for number in 1..=20 {
        assert_eq!(next(&mut reader).await.payload, number.to_string());
    }
    assert_eq!(mortal.subscribed.load(Ordering::Relaxed), 20);
    assert!(is_waiting(reader.next()).await);
    assert_eq!(reader.duplicates(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_latest_value_does_not_move_the_place_in_the_log() {
    let mortal = mortal();
    let transport = retry(mortal.clone());
    for number in 1..=3 {
        mortal.publish(&channel(), number.to_string()).await.unwrap();
    }
    mortal.publish_opts(&channel(), "alive".into(), latest("a")).await.unwrap();
    let mut reader = transport.replay(&[channel()]).await.unwrap();
    let mut log = Vec::new();
    while log.len() < 3 {
        let delivery = next(&mut reader).await;
        if delivery.latest.is_none() {
            log.push(delivery.payload);
        }
    }
    assert_eq!(log, ["1", "2", "3"]);
}
