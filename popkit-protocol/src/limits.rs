//! The size of everything that is accepted. Beyond a limit the answer is a refusal that
//! names the limit, never a silent cut, except for the error log and captured text.

use crate::{NewTask, ParseError};

/// Bytes of a task's payload, result or checkpoint: 256 KiB. Larger input belongs in a
/// file or an object store, with a reference in the payload.
pub const BODY_BYTES: usize = 256 * 1024;
/// Bytes of a title.
pub const TITLE_BYTES: usize = 1024;
/// Bytes of a description.
pub const DESCRIPTION_BYTES: usize = 64 * 1024;
/// Bytes of one error text; longer ones are cut.
pub const ERROR_BYTES: usize = 8 * 1024;
/// Bytes of a progress note; longer ones are cut.
pub const NOTE_BYTES: usize = 1024;
/// Entries of a task's error log; older ones give way.
pub const ERROR_LOG: usize = 16;
/// Parents of one task.
pub const NEEDS: usize = 256;
/// Tags of one task, and capabilities it may require.
pub const LABELS: usize = 64;
/// Tasks of one insert.
pub const BATCH: usize = 10_000;
/// Tasks finished, and tasks claimed, by one step.
pub const STEP: usize = 256;
/// Dependants released, parked ones woken and edges followed by one step; the rest is
/// carried on by the next.
pub const RELEASES: usize = 256;
/// Due tasks promoted by one call.
pub const PROMOTIONS: usize = 32;
/// Expired leases looked at by one call.
pub const RESCUES: usize = 8;
/// Lanes of one store, unless it is opened with another limit.
pub const LANES: usize = 64;
/// Attempts that a retry policy may allow.
pub const ATTEMPTS: u32 = 1_000;
/// Bytes of one message on a channel: 256 KiB.
pub const MESSAGE_BYTES: usize = 256 * 1024;
/// Objects and lists open at once in a message, the message itself included.
pub const MESSAGE_DEPTH: usize = 32;

fn within(what: &'static str, size: usize, limit: usize, unit: &str) -> Result<(), ParseError> {
    if size <= limit {
        return Ok(());
    }
    Err(ParseError::new(what, &size.to_string(), format!("the limit is {limit} {unit}")))
}

/// Checks the size of one body: a payload, result or checkpoint.
///
/// # Errors
///
/// [`ParseError`] that names the limit.
pub fn check_body(what: &'static str, json: &crate::Json) -> Result<(), ParseError> {
    within(what, json.len(), BODY_BYTES, "bytes")
}

/// Checks every limit of a new task.
///
/// # Errors
///
/// [`ParseError`] that names the first limit it breaks.
pub fn check_new_task(task: &NewTask) -> Result<(), ParseError> {
    check_body("payload size", &task.payload)?;
    within("title size", task.title.len(), TITLE_BYTES, "bytes")?;
    within("description size", task.description.len(), DESCRIPTION_BYTES, "bytes")?;
    within("number of needs", task.needs.len(), NEEDS, "parents")?;
    within("number of capabilities", task.requires.len(), LABELS, "entries")?;
    within("number of tags", task.tags.len(), LABELS, "entries")?;
    for tag in &task.tags {
        within("tag size", tag.len(), crate::id::MAX_LEN, "bytes")?;
    }
    if !(1..=ATTEMPTS).contains(&task.retry.max_attempts) {
        let found = task.retry.max_attempts.to_string();
        return Err(ParseError::new("max attempts", &found, "expected 1 to 1000"));
    }
    if task.max_abandons == 0 {
        return Err(ParseError::new("max abandons", "0", "expected at least 1"));
    }
    if task.needs.iter().any(|need| need.task == task.id) {
        return Err(ParseError::new("need", task.id.as_str(), "a task cannot need itself"));
    }
    let mut parents: Vec<_> = task.needs.iter().map(|need| &need.task).collect();
    parents.sort_unstable();
    if let Some([twice, _]) = parents.windows(2).find(|pair| pair.first() == pair.last()) {
        return Err(ParseError::new("need", twice.as_str(), "it is named twice"));
    }
    Ok(())
}

/// The first `limit` bytes of a text, cut at a character's border.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
