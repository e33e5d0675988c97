//! Reading what lies there.

use std::sync::Arc;

use popkit_transport::{Event, Publish, Start, SubscribeOptions, Transport};
use tokio::time::Instant;

use super::{channel, payload};
use crate::Failure;

/// Messages that are sent at once to fill a channel.
const BATCH: usize = 1000;

/// Publishes so many messages.
///
/// # Errors
///
/// Those of the transport.
pub async fn fill(transport: &Arc<dyn Transport>, messages: usize) -> Result<(), Failure> {
    let channel = channel()?;
    let mut left = messages;
    while left > 0 {
        let some = left.min(BATCH);
        let batch = (0..some).map(|_| Publish::new(channel.clone(), payload())).collect();
        for answer in transport.publish_batch(batch).await? {
            answer?;
        }
        left -= some;
    }
    Ok(())
}

/// Reads all that is kept, and answers how many messages a second that were.
///
/// # Errors
///
/// Those of the transport, and another number of messages than this.
pub async fn catch_up(transport: &Arc<dyn Transport>, messages: usize) -> Result<f64, Failure> {
    let opts = SubscribeOptions::default().with_start(Start::Earliest).once();
    let begun = Instant::now();
    let mut reader = transport.subscribe_opts(&[channel()?], opts).await?;
    let mut read = 0;
    while let Some(event) = reader.next().await.transpose()? {
        read += usize::from(matches!(event, Event::Message(_)));
    }
    if read != messages {
        return Err(format!("{read} messages were read of {messages}").into());
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    Ok(read as f64 / begun.elapsed().as_secs_f64())
}
