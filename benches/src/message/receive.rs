//! From the call of publish to its message being read, within one process.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_protocol::layer::SplitMix64;
use popkit_transport::{Event, Subscription, Transport, TransportExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::{age, channel, payload};
use crate::Failure;
use crate::load::Measured;

/// How long a reader is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pauses between messages, so that each finds its reader asleep, at no particular moment of
/// its sleep.
#[derive(Debug)]
pub struct Pace {
    dice: SplitMix64,
    longest: Duration,
}

impl Pace {
    /// Pauses up to this long.
    #[must_use]
    pub const fn new(longest: Duration) -> Self {
        Self { dice: SplitMix64::new(1), longest }
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        self.longest.mul_f64(self.dice.fraction())
    }
}

/// Publishes so many messages, each when all readers have read the last one, and measures how
/// old each is when it is read. The rate is that of the reads.
///
/// # Errors
///
/// Those of the transport, and a reader that is not told.
pub async fn receive(
    transport: &Arc<dyn Transport>,
    readers: usize,
    messages: usize,
    mut pace: Pace,
) -> Result<Measured, Failure> {
    let channel = channel()?;
    let (told, mut hear) = unbounded_channel();
    let mut set = JoinSet::new();
    for _ in 0..readers {
        let reader = transport.subscribe(std::slice::from_ref(&channel)).await?;
        set.spawn(read(reader, messages, told.clone()));
    }
    drop(told);
    let mut spent = Duration::ZERO;
    for _ in 0..messages {
        tokio::time::sleep(pace.pause()).await;
        let begun = Instant::now();
        transport.publish(&channel, payload()).await?;
        for _ in 0..readers {
            timeout(PATIENCE, hear.recv()).await?.ok_or("a reader ended early")?;
        }
        spent += begun.elapsed();
    }
    let mut histogram = Histogram::new(3)?;
    while let Some(ended) = set.join_next().await {
        histogram.add(ended??)?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = (messages * readers) as f64 / spent.as_secs_f64();
    Ok(Measured { histogram, per_second })
}

async fn read(
    mut reader: Subscription,
    messages: usize,
    told: UnboundedSender<()>,
) -> Result<Histogram<u64>, Failure> {
    let mut histogram = Histogram::new(3)?;
    for _ in 0..messages {
        let event = reader.next().await.ok_or("the subscription ended early")??;
        let Event::Message(message) = event else {
            return Err(format!("a message is due, not {event:?}").into());
        };
        histogram.record(age(&message.payload).ok_or("a message of somebody else")?)?;
        let _ = told.send(());
    }
    Ok(histogram)
}
