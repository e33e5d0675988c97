//! Publishing with a fault, and subscriptions whose sources have one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_transport::{
    Capabilities, Cursor, Durability, Error, ErrorKind, Headers, MemoryTransport, Overflow, Pong,
    Publish, PublishOptions, Receipt, Result, Retention, Stamp, Start, SubscribeOptions,
    Subscription, Transport,
};

use super::Fault;
use super::place::{Accepted, Place};
use super::source::{Began, BrokenSource};

#[derive(Debug)]
pub(super) struct BrokenTransport {
    place: Arc<Place>,
    memory: MemoryTransport,
    /// The cuts that this handle has noticed.
    noticed: AtomicU64,
}

impl BrokenTransport {
    pub(super) fn new(place: Arc<Place>, memory: MemoryTransport) -> Self {
        let noticed = AtomicU64::new(place.cuts());
        Self { place, memory, noticed }
    }

    fn is(&self, fault: Fault) -> bool {
        self.place.fault == fault
    }

    /// The channel that this transport takes the name for.
    fn channel(&self, named: &Channel) -> Channel {
        if self.is(Fault::NamesIgnoreCase) {
            let lower = named.as_str().to_ascii_lowercase();
            return Channel::new(lower).expect("as valid as before");
        }
        named.clone()
    }

    /// What becomes of a message on its way.
    fn alter(&self, payload: &mut Bytes, opts: &mut PublishOptions) {
        match self.place.fault {
            Fault::StampIsForgotten => opts.stamp = None,
            Fault::HeadersAreLost => opts.headers = Headers::new(),
            Fault::LatestIsAppended => opts.retention = Retention::Log,
            Fault::PayloadIsText => *payload = String::from_utf8_lossy(payload).into_owned().into(),
            Fault::LargeIsTaken => payload.truncate(Capabilities::MAX_PAYLOAD),
            _ => {}
        }
    }

    /// A stamp of a count that is wrong; none where the count is not at fault.
    fn miscount(&self, accepted: &mut Accepted, of: &Channel, latest: bool) -> Option<Stamp> {
        let counted = match self.place.fault {
            Fault::SequenceIsOneForAll | Fault::LatestCounts => true,
            // Also where the message is refused.
            Fault::RefusedTakesANumber => !latest,
            _ => false,
        };
        let of = if self.is(Fault::SequenceIsOneForAll) { "all" } else { of.as_str() };
        let last = accepted.counts.entry(of.to_owned()).or_default();
        *last += u64::from(counted);
        let producer = popkit_protocol::ProducerId::from_bits(1);
        counted.then_some(Stamp { producer, sequence: *last })
    }

    async fn keep(
        &self,
        accepted: &mut Accepted,
        channel: &Channel,
        payload: Bytes,
        mut opts: PublishOptions,
    ) -> Result<Receipt> {
        accepted.tried += 1;
        if self.is(Fault::EveryFifthIsLost) && accepted.tried.is_multiple_of(5) {
            // Answered by a transport that nobody reads.
            return MemoryTransport::new().publish_opts(channel, payload, opts).await;
        }
        if opts.stamp.is_none() {
            let latest = opts.retention != Retention::Log;
            opts.stamp = self.miscount(accepted, channel, latest);
        }
        let receipt = self.memory.publish_opts(channel, payload.clone(), opts.clone()).await?;
        opts.stamp = Some(receipt.stamp);
        accepted.written.push((channel.clone(), payload, opts));
        Ok(receipt)
    }

    /// The connection was cut: every second time the message had got through before.
    async fn fail(
        &self,
        accepted: &mut Accepted,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        let error = Error::new(ErrorKind::Unavailable, "the connection was cut");
        if self.place.cuts().is_multiple_of(2) {
            return Err(error);
        }
        self.keep(accepted, channel, payload, opts).await?;
        Err(if self.is(Fault::UnknownIsNotApplied) { error } else { error.unknown() })
    }
}

/// The cursor of a reader that was told no gap.
fn sure(cursor: &Cursor) -> Cursor {
    let sure = |(channel, place): (&Channel, &popkit_transport::Place)| {
        let mut place = place.clone();
        place.unsure.clear();
        (channel.clone(), place)
    };
    cursor.iter().map(sure).collect()
}

#[async_trait]
impl Transport for BrokenTransport {
    fn backend(&self) -> &'static str {
        "broken"
    }

    fn capabilities(&self) -> Capabilities {
        let mut able = self.memory.capabilities();
        able.durability = Durability::CrashSafe;
        able.replay = !self.is(Fault::AbilityIsGone);
        able
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        mut payload: Bytes,
        mut opts: PublishOptions,
    ) -> Result<Receipt> {
        let mut accepted = self.place.accepted.lock().await;
        let channel = self.channel(channel);
        self.alter(&mut payload, &mut opts);
        let cuts = self.place.cuts();
        if self.noticed.swap(cuts, Ordering::SeqCst) < cuts {
            return self.fail(&mut accepted, &channel, payload, opts).await;
        }
        self.keep(&mut accepted, &channel, payload, opts).await
    }

    async fn publish_batch(&self, mut batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        self.memory.ping().await?;
        if self.is(Fault::BatchIsReversed) {
            batch.reverse();
        }
        let mut answers = Vec::new();
        for Publish { channel, payload, opts, .. } in batch {
            let answer = self.publish_opts(&channel, payload, opts).await;
            if self.is(Fault::BatchFailsAsOne)
                && let Err(error) = answer
            {
                return Err(error);
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        mut opts: SubscribeOptions,
    ) -> Result<Subscription> {
        let channels: Vec<_> = if self.is(Fault::NamesIgnoreCase) {
            let lower: std::collections::BTreeSet<_> =
                channels.iter().map(|channel| self.channel(channel)).collect();
            lower.into_iter().collect()
        } else {
            channels.to_vec()
        };
        let began = match opts.start {
            Start::Now => Began::Now,
            Start::After(_) => Began::Resumed,
            _ => Began::Earliest,
        };
        match self.place.fault {
            Fault::CursorStartsOver if began == Began::Resumed => opts.start = Start::Earliest,
            Fault::CursorStartsNow if began == Began::Resumed => opts.start = Start::Now,
            Fault::GapIsForgotten => {
                if let Start::After(cursor) = &mut opts.start {
                    *cursor = sure(cursor);
                }
            }
            Fault::OverflowIsIgnored => opts.overflow = Overflow::Keep,
            Fault::OnceFollows => opts.follow = true,
            _ => {}
        }
        let (place, memory) = (Arc::clone(&self.place), self.memory.clone());
        let subscription = self.memory.subscribe_opts(&channels, opts).await?;
        Ok(subscription.wrap(|inner| BrokenSource::new(inner, place, memory, began)))
    }

    async fn ping(&self) -> Result<Pong> {
        self.memory.ping().await
    }

    async fn close(&self) -> Result<()> {
        if self.is(Fault::CloseIsIgnored) {
            return Ok(());
        }
        let _no_publish = self.place.accepted.lock().await;
        self.memory.close().await
    }
}
