//! Reading what is there, for a reader that ends.

use popkit_redis::{Command, Entry, Redis};

use super::begin::Reading;
use crate::backend::redis::classify::Told as _;
use crate::{Event, Result};

/// Reads one page of a channel, at most so many messages; nothing where all was read.
pub(super) async fn page(
    redis: &Redis,
    reading: &mut Reading,
    most: usize,
    events: &mut Vec<Event>,
) -> Result<()> {
    let Some(end) = reading.end else { return Ok(()) };
    if reading.tape.read() >= end.id {
        return Ok(());
    }
    let question = Command::new("XRANGE")
        .arg(reading.tape.keys().log())
        .arg(format!("({}", reading.tape.read()))
        .arg(end.id)
        .arg("COUNT")
        .arg(most);
    let entries = redis.execute(question).await.and_then(Entry::read_list).told()?;
    if entries.is_empty() {
        // What was there when it began was removed since.
        reading.tape.lost_up_to(end, events);
        reading.end = None;
    }
    for entry in &entries {
        reading.tape.take(entry, events);
    }
    Ok(())
}
