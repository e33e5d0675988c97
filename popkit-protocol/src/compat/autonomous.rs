//! The task JSON of the autonomous system, `schema_version` 2.0.
//!
//! ```
//! use popkit_protocol::compat::autonomous::TaskJson;
//!
//! let text = r#"{"id": "task-1", "title": "Tidy", "type": "Clean Up",
//!     "created_at": "2026-11-21T09:30:00", "schema_version": "2.0"}"#;
//! let import = TaskJson::parse(text)?.into_import()?;
//! assert_eq!(import.spec.kind.as_str(), "clean-up");
//! assert_eq!(import.created_at.to_string(), "2026-11-21T09:30:00.000000Z");
//! # Ok::<(), popkit_protocol::ParseError>(())
//! ```
//!
//! # Times
//!
//! The originals write the local time of their machine, without a zone. This crate knows
//! no zone: it writes UTC with microseconds and without a zone, and takes a time without
//! a zone as UTC. `Z` and offsets are read too.
//!
//! # What the form cannot carry
//!
//! Payload, capabilities, the only agent of a task that is not held, edge policies,
//! backoff, timeouts, the unique key, progress, leases and the wish for a review before
//! the work is submitted. An export loses them.

mod checkpoint;
mod export;
mod import;

use serde::{Deserialize, Serialize};

pub use import::{Import, LoggedError};

use super::naive;
use crate::{Json, ParseError, Timestamp, limits};

/// The version of the form.
pub const SCHEMA_VERSION: &str = "2.0";

/// Bytes of one document: 4 MiB. The largest task this crate accepts fits, even where
/// every character of its texts has to be escaped and thousands depend on it.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A task in the form of the autonomous system. Fields are written in this order.
///
/// Only `id` and `created_at` must be there when reading; the others have the defaults
/// of the originals. Unknown fields are ignored. What the texts say is checked by
/// [`into_import`](Self::into_import).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskJson {
    /// Its name; the originals write `task-` and a UUID.
    pub id: String,
    /// One line for people.
    #[serde(default)]
    pub title: String,
    /// More for people.
    #[serde(default)]
    pub description: String,
    /// The kind of work.
    #[serde(rename = "type", default = "general")]
    pub kind: String,
    /// 1 (last) to 10 (first).
    #[serde(default = "five")]
    pub priority: i64,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it stands.
    #[serde(default = "backlog")]
    pub state: String,
    /// Who works on it.
    #[serde(default)]
    pub assignee: Option<String>,
    /// When it was made.
    #[serde(with = "naive::required")]
    pub created_at: Timestamp,
    /// When the current or last attempt was claimed.
    #[serde(default, with = "naive::optional")]
    pub assigned_at: Option<Timestamp>,
    /// When the first attempt began.
    #[serde(default, with = "naive::optional")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, with = "naive::optional")]
    pub completed_at: Option<Timestamp>,
    /// Its parents.
    #[serde(default)]
    pub depends_on: Vec<String>,
    /// Its dependants.
    #[serde(default)]
    pub blocks: Vec<String>,
    /// Attempts after the first, the one that is to come included.
    #[serde(default)]
    pub retry_count: u32,
    /// How many such attempts are allowed.
    #[serde(default = "three")]
    pub max_retries: u32,
    /// Failures, oldest first, each as `[time] text`.
    #[serde(default)]
    pub error_log: Vec<String>,
    /// Where the next attempt can go on from: an object, empty where there is none.
    #[serde(default = "checkpoint::none")]
    pub checkpoint_data: Json,
    /// When that was saved.
    #[serde(default, with = "naive::optional")]
    pub checkpoint_timestamp: Option<Timestamp>,
    /// What came out.
    #[serde(default)]
    pub result: Option<Json>,
    /// Files and other things that came out.
    #[serde(default)]
    pub artifacts: Vec<Json>,
    /// Always [`SCHEMA_VERSION`].
    #[serde(default = "version")]
    pub schema_version: String,
}

impl TaskJson {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it is larger than [`MAX_BYTES`], is not JSON, has a field of
    /// another type, or is of another version.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let refuse = |reason: String| ParseError::new("task JSON", text, reason);
        if text.len() > MAX_BYTES {
            return Err(refuse(format!("it has {} bytes; the limit is {MAX_BYTES}", text.len())));
        }
        let task: Self = serde_json::from_str(text).map_err(|e| {
            // A message may quote a field of any length.
            refuse(limits::cut(&e.to_string(), limits::NOTE_BYTES).to_owned())
        })?;
        if task.schema_version != SCHEMA_VERSION {
            let reason = format!("only {SCHEMA_VERSION} is known; convert the file first");
            return Err(ParseError::new("schema version", &task.schema_version, reason));
        }
        Ok(task)
    }
}

fn general() -> String {
    "general".to_owned()
}

fn backlog() -> String {
    crate::TaskState::Backlog.name().to_owned()
}

fn version() -> String {
    SCHEMA_VERSION.to_owned()
}

const fn five() -> i64 {
    5
}

const fn three() -> u32 {
    3
}
