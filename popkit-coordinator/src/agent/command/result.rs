//! What a command task leaves behind.

use std::path::Path;

use popkit_protocol::{Failure, Json};
use serde::{Deserialize, Serialize};

use crate::agent::StopReason;
use crate::process::{Captured, Exit, Finished};

/// The most that is read of a result file: half of what a task's result may have.
const VALUE_BYTES: u64 = 128 * 1024;
/// The most that is kept of each stream in a result.
const STREAM_BYTES: usize = 16 * 1024;
/// The most of a stream that an error tells.
const ERROR_BYTES: usize = 2 * 1024;

/// The result of a command task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandResult {
    /// The exit code.
    pub exit: i32,
    /// How long it ran, in seconds.
    pub seconds: f64,
    /// What it printed, beginning and end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What it printed on standard error, beginning and end.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What it wrote to its result file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
}

impl CommandResult {
    pub(super) fn of(finished: &Finished, value: Option<Json>) -> Self {
        Self {
            exit: match finished.exit {
                Exit::Code(code) => code,
                Exit::Signal(signal) => 128 + signal,
                Exit::TimedOut | Exit::Cancelled => -1,
            },
            seconds: finished.elapsed.as_secs_f64(),
            stdout: shorten(&finished.stdout, STREAM_BYTES),
            stderr: shorten(&finished.stderr, STREAM_BYTES),
            value,
        }
    }
}

/// What a failed command says: how it ended, then the end of what it complained about.
pub(crate) fn failure(finished: &Finished, stopped: Option<StopReason>) -> Failure {
    let after = || format!("stopped after {:.1} s", finished.elapsed.as_secs_f64());
    let (kind, mut text) = match (finished.exit, stopped) {
        (Exit::Cancelled, Some(StopReason::TimedOut)) => ("timeout", after()),
        (Exit::Cancelled, Some(StopReason::Stalled)) => ("stalled", after()),
        (exit, _) => ("exit", exit.to_string()),
    };
    let said = if finished.stderr.to_text().trim().is_empty() {
        shorten(&finished.stdout, ERROR_BYTES)
    } else {
        shorten(&finished.stderr, ERROR_BYTES)
    };
    if !said.trim().is_empty() {
        text.push('\n');
        text.push_str(said.trim_end());
    }
    Failure::new(kind, text)
}

/// The beginning and the end of a stream, as text without control characters that could
/// command a terminal.
pub(crate) fn shorten(stream: &Captured, limit: usize) -> String {
    let text: String = stream
        .to_text()
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect();
    if text.len() <= limit {
        return text;
    }
    let half = limit / 2;
    let head = popkit_protocol::limits::cut(&text, half);
    let from = (text.len() - half..text.len()).find(|i| text.is_char_boundary(*i));
    let tail = from.and_then(|from| text.get(from..)).unwrap_or_default();
    let left_out = text.len() - head.len() - tail.len();
    format!("{head}\n[… {left_out} bytes left out …]\n{tail}")
}

/// Reads a result file; `Ok(None)` where the child wrote none.
pub(crate) async fn read(path: &Path) -> Result<Option<Json>, Failure> {
    let refuse = |text: String| Failure::new("result", text);
    let size = match tokio::fs::metadata(path).await {
        Ok(file) if file.len() == 0 => return Ok(None),
        Ok(file) => file.len(),
        Err(_) => return Ok(None),
    };
    if size > VALUE_BYTES {
        return Err(refuse(format!(
            "the result file has {size} bytes; the limit is {VALUE_BYTES}"
        )));
    }
    let text = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| refuse(format!("cannot read the result file: {error}")))?;
    let json = Json::from_text(&text)
        .map_err(|error| refuse(format!("the result file holds no JSON value: {error}")))?;
    Ok(Some(json))
}
