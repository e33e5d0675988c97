//! Publishers that send the next message when the last one is answered.

use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_transport::{Publish, Transport, TransportExt as _};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{channel, payload};
use crate::Failure;
use crate::load::Measured;

/// What is published, into one channel.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Publishers at the same time, over one handle.
    pub publishers: usize,
    /// Messages that each sends at once.
    pub batch: usize,
    /// Messages in all, about.
    pub messages: usize,
}

impl Load {
    /// One publisher, one message at a time.
    #[must_use]
    pub const fn one_by_one(messages: usize) -> Self {
        Self { publishers: 1, batch: 1, messages }
    }
}

/// Measures each call, and how many messages a second are accepted. A tenth more is published
/// first and does not count.
///
/// # Errors
///
/// Those of the transport.
pub async fn publish(transport: &Arc<dyn Transport>, load: Load) -> Result<Measured, Failure> {
    let calls = (load.messages / load.publishers / load.batch).max(1);
    run(transport, load, calls.div_ceil(10)).await?;
    let (histogram, spent) = run(transport, load, calls).await?;
    let messages = calls * load.publishers * load.batch;
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = messages as f64 / spent.as_secs_f64();
    Ok(Measured { histogram, per_second })
}

async fn run(
    transport: &Arc<dyn Transport>,
    load: Load,
    calls: usize,
) -> Result<(Histogram<u64>, Duration), Failure> {
    let begun = Instant::now();
    let mut set = JoinSet::new();
    for _ in 0..load.publishers {
        set.spawn(work(Arc::clone(transport), load.batch, calls));
    }
    let mut histogram = Histogram::new(3)?;
    while let Some(ended) = set.join_next().await {
        histogram.add(ended??)?;
    }
    Ok((histogram, begun.elapsed()))
}

async fn work(
    transport: Arc<dyn Transport>,
    batch: usize,
    calls: usize,
) -> Result<Histogram<u64>, Failure> {
    let channel = channel()?;
    let mut histogram = Histogram::new(3)?;
    for _ in 0..calls {
        let begun = Instant::now();
        if batch == 1 {
            transport.publish(&channel, payload()).await?;
        } else {
            let messages = (0..batch).map(|_| Publish::new(channel.clone(), payload()));
            for answer in transport.publish_batch(messages.collect()).await? {
                answer?;
            }
        }
        histogram.record(u64::try_from(begun.elapsed().as_nanos())?)?;
    }
    Ok(histogram)
}
