//! What happened, as the session keeps it.

use popkit_coordinator::machine::Event;
use serde::Deserialize;

use super::{Failure, Stage};

#[derive(Deserialize)]
struct Recorded {
    session: String,
    number: u64,
    event: Event,
}

/// The journal of a session, oldest first: the document `journal`. Its numbers must have no
/// gap, and none may be there twice.
pub(crate) async fn journal(stage: &Stage, session: &str) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    for entry in stage.document("journal").await?.iter().rev() {
        let recorded: Recorded = serde_json::from_str(entry)?;
        // Until the first event is kept, an earlier session's are there.
        if recorded.session != session {
            continue;
        }
        events.push(recorded.event);
        if u64::try_from(events.len())? != recorded.number {
            let (count, number) = (events.len(), recorded.number);
            return Err(format!("event {count} of the journal has the number {number}").into());
        }
    }
    Ok(events)
}
