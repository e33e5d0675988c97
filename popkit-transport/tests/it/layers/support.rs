//! What the tests of the layers share.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use popkit_protocol::{Channel, Clock, Timestamp};
use popkit_transport::layer::{Fault, Operation, Retry, RetryOptions};
use popkit_transport::{
    Delivery, Event, LatestKey, MemoryOptions, MemoryTransport, Publish, PublishOptions, Receipt,
    Result, SubscribeOptions, Subscription, Transport, TransportExt as _,
};
use tokio::time::Instant;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// The runtime's clock, paused or not, as the transport's.
#[derive(Debug)]
pub(super) struct RuntimeClock(Instant);

impl RuntimeClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000).after(self.0.elapsed())
    }
}

pub(super) const ALL: [Operation; 5] = [
    Operation::Publish,
    Operation::PublishBatch,
    Operation::Subscribe,
    Operation::Ping,
    Operation::Close,
];

/// A memory transport on the runtime's clock.
pub(super) fn memory() -> MemoryTransport {
    MemoryOptions::default().clock(RuntimeClock::new()).open()
}

pub(super) fn fault() -> Fault<MemoryTransport> {
    Fault::new(memory())
}

/// A retry layer with short waits around this transport.
pub(super) fn retry<T>(inner: T) -> Retry<T> {
    let quick = RetryOptions::default().base_delay(Duration::from_millis(1)).seed(1);
    Retry::with_options(inner, quick)
}

pub(super) fn channel() -> Channel {
    named("pop:results")
}

pub(super) fn named(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

pub(super) fn latest(key: &str) -> PublishOptions {
    PublishOptions::default().latest(LatestKey::new(key).unwrap())
}

/// A message to the usual channel.
pub(super) fn message(payload: impl std::fmt::Display) -> Publish {
    Publish::new(channel(), format!("{payload}"))
}

/// Makes a call of each operation.
pub(super) async fn call(transport: &impl Transport, operation: Operation) -> Result<()> {
    match operation {
        Operation::Publish => transport.publish(&channel(), "x").await.map(drop),
        Operation::PublishBatch => {
            let answers = transport.publish_batch(vec![message("x"), message("y")]).await?;
            answers.into_iter().collect::<Result<Vec<Receipt>>>().map(drop)
        }
        Operation::Subscribe => transport.subscribe(&[channel()]).await.map(drop),
        Operation::Ping => transport.ping().await.map(drop),
        Operation::Close => transport.close().await,
        other => panic!("no call for {other}"),
    }
}

/// Everything that is in the usual channel, as a new reader gets it: `gap` for a gap.
pub(super) async fn told(transport: &impl Transport) -> Vec<String> {
    let opts = SubscribeOptions::default().with_start(popkit_transport::Start::Earliest).once();
    let mut reader = transport.subscribe_opts(&[channel()], opts).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = reader.next().await.transpose().unwrap() {
        told.push(text(event));
    }
    told
}

pub(super) fn text(event: Event) -> String {
    match event {
        Event::Message(delivery) => String::from_utf8(delivery.payload.to_vec()).unwrap(),
        Event::Gap(_) => "gap".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The next message of a reader, which has to come.
pub(super) async fn next(reader: &mut Subscription) -> Delivery {
    let event = reader.next_within(SECOND * 60).await.expect("it reads");
    event.expect("something within a minute").into_message().expect("a message")
}

/// Whether a future is not ready; it is then dropped.
pub(super) async fn is_waiting<F: Future + Send>(future: F) -> bool {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}
