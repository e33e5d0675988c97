//! What cases are written with: a fresh transport, and short words for what is done to it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::{Channel, IdSource as _, ManualClock, ProducerId, RandomIds};

use super::harness::{Harness, Tuning};
use super::reader::Reader;
use crate::{
    Cursor, Delivery, Event, LatestKey, Ordering, PublishOptions, Receipt, Result, Stamp, Start,
    SubscribeOptions, Transport,
};

/// A fresh transport and what belongs to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stage<'h> {
    harness: &'h dyn Harness,
    name: String,
    tuning: Tuning,
    /// The transport.
    pub transport: Arc<dyn Transport>,
}

/// A channel.
#[must_use]
pub fn channel(text: &str) -> Channel {
    Channel::new(text).expect("a valid channel")
}

/// A key of latest values.
pub(super) fn key(text: &str) -> LatestKey {
    LatestKey::new(text).expect("a valid key")
}

/// A producer that nobody else is.
pub(super) fn producer() -> ProducerId {
    RandomIds.producer()
}

/// Options with this stamp.
pub(super) fn stamped(producer: ProducerId, sequence: u64) -> PublishOptions {
    PublishOptions::default().with_stamp(Stamp { producer, sequence })
}

/// What a subscription that ends at once reads from the oldest message on.
pub(super) fn once() -> SubscribeOptions {
    SubscribeOptions::default().with_start(Start::Earliest).once()
}

/// From the oldest message on.
pub(super) fn earliest() -> SubscribeOptions {
    SubscribeOptions::default().with_start(Start::Earliest)
}

/// On after this cursor.
pub(super) fn after(cursor: Cursor) -> SubscribeOptions {
    SubscribeOptions::default().with_start(Start::After(cursor))
}

/// The payloads of messages as text; nothing else may be among them.
pub(super) fn texts(events: Vec<Event>) -> Vec<String> {
    messages(events)
        .iter()
        .map(|message| String::from_utf8_lossy(&message.payload).into_owned())
        .collect()
}

/// The messages; nothing else may be among them.
pub(super) fn messages(events: Vec<Event>) -> Vec<Delivery> {
    let message = |event: Event| match event {
        Event::Message(message) => message,
        other => panic!("only messages are due, not {other:?}"),
    };
    events.into_iter().map(message).collect()
}

impl<'h> Stage<'h> {
    /// A fresh transport that keeps everything.
    pub async fn new(harness: &'h dyn Harness) -> Self {
        Self::tuned(harness, Tuning::default()).await
    }

    /// A fresh transport, opened like this.
    pub async fn tuned(harness: &'h dyn Harness, tuning: Tuning) -> Self {
        let name = format!("transport-{:032x}", RandomIds.draw());
        let transport = harness.open(&name, &tuning).await.expect("the transport opens");
        Self { harness, name, tuning, transport }
    }

    /// Another handle on the same data, as another process would have it; `None` where the
    /// transport cannot be shared.
    pub async fn second(&self) -> Option<Stage<'h>> {
        if !self.transport.capabilities().shared {
            return None;
        }
        Some(self.reopen().await)
    }

    /// The same data, opened again.
    pub(super) async fn reopen(&self) -> Stage<'h> {
        let opened = self.harness.open(&self.name, &self.tuning).await;
        let transport = opened.expect("the transport opens again");
        Self {
            harness: self.harness,
            name: self.name.clone(),
            tuning: self.tuning.clone(),
            transport,
        }
    }

    /// Another handle where the transport can be shared, else the same again.
    pub(super) async fn other(&self) -> Stage<'h> {
        let same = || Stage {
            harness: self.harness,
            name: self.name.clone(),
            tuning: self.tuning.clone(),
            transport: Arc::clone(&self.transport),
        };
        self.second().await.unwrap_or_else(same)
    }

    /// So many stages over the same data: other handles where the transport can be shared.
    pub(super) async fn handles(&self, count: usize) -> Vec<Stage<'h>> {
        let mut handles = Vec::new();
        for _ in 0..count {
            handles.push(self.other().await);
        }
        handles
    }

    /// The clock the transport goes by, where a case may turn it.
    #[must_use]
    pub fn clock(&self) -> Option<Arc<ManualClock>> {
        self.harness.clock()
    }

    /// Cuts the connections, where there are any.
    pub async fn cut(&self) -> bool {
        self.harness.cut(&self.name).await
    }

    /// Whether a reader may start before now.
    #[must_use]
    pub fn replays(&self) -> bool {
        self.transport.capabilities().replay
    }

    /// Whether latest values are there.
    #[must_use]
    pub fn has_latest(&self) -> bool {
        self.transport.capabilities().latest
    }

    /// Whether all messages of a channel have one order.
    #[must_use]
    pub fn has_one_order(&self) -> bool {
        self.transport.capabilities().ordering == Ordering::PerChannel
    }

    /// Publishes a message that must be accepted.
    pub async fn publish(&self, channel: &Channel, payload: impl Into<Bytes>) -> Receipt {
        self.publish_opts(channel, payload, PublishOptions::default()).await
    }

    /// Publishes a message that must be accepted, like this.
    pub async fn publish_opts(
        &self,
        channel: &Channel,
        payload: impl Into<Bytes>,
        opts: PublishOptions,
    ) -> Receipt {
        self.try_publish(channel, payload, opts).await.expect("the message is accepted")
    }

    /// Publishes a message.
    pub async fn try_publish(
        &self,
        channel: &Channel,
        payload: impl Into<Bytes>,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        self.transport.publish_opts(channel, payload.into(), opts).await
    }

    /// Publishes these numbers, one by one, a text each.
    pub async fn count(&self, channel: &Channel, numbers: RangeInclusive<u64>) -> Vec<Receipt> {
        let mut receipts = Vec::new();
        for number in numbers {
            receipts.push(self.publish(channel, number.to_string()).await);
        }
        receipts
    }

    /// Sets a latest value.
    pub async fn set(&self, channel: &Channel, key: &LatestKey, value: &str) -> Receipt {
        let opts = PublishOptions::default().latest(key.clone());
        self.publish_opts(channel, value.to_owned(), opts).await
    }

    /// Reads these channels like this.
    pub async fn read(&self, channels: &[Channel], opts: SubscribeOptions) -> Reader {
        let begun = self.transport.subscribe_opts(channels, opts).await;
        Reader::new(begun.expect("the channels can be read"))
    }

    /// Reads one channel from now on.
    pub async fn listen(&self, channel: &Channel) -> Reader {
        self.read(std::slice::from_ref(channel), SubscribeOptions::default()).await
    }

    /// Reads one channel on after a cursor.
    pub async fn resume(&self, channel: &Channel, cursor: Cursor) -> Reader {
        self.read(std::slice::from_ref(channel), after(cursor)).await
    }

    /// All that is in a channel now.
    pub async fn all(&self, channel: &Channel) -> Vec<Event> {
        self.read(std::slice::from_ref(channel), once()).await.rest().await
    }
}
