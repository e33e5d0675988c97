//! What the document `coordinator:status` says.

use std::collections::BTreeMap;
use std::time::Duration;

use popkit_protocol::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::CliError;
use crate::output::{age, short};

/// How a session stands. What a coordinator of another version leaves out is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::command::power) struct Stand {
    pub(in crate::command::power) status: String,
    pub(in crate::command::power) epoch: u64,
    pub(in crate::command::power) objective: String,
    pub(in crate::command::power) phases: Vec<String>,
    pub(in crate::command::power) phase: Option<String>,
    pub(in crate::command::power) phase_index: u32,
    pub(in crate::command::power) barrier: Option<String>,
    pub(in crate::command::power) agents: BTreeMap<String, String>,
    pub(in crate::command::power) waiting_for: Vec<String>,
    pub(in crate::command::power) decisions: u64,
    pub(in crate::command::power) tasks: u64,
    pub(in crate::command::power) insights: u64,
    pub(in crate::command::power) running_seconds: u64,
    pub(in crate::command::power) updated_at: String,
    pub(in crate::command::power) end: Option<Value>,
    pub(in crate::command::power) metrics: Map<String, Value>,
}

impl Stand {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// "Bad data" where it has another form.
    pub(in crate::command::power) fn read(value: &Value) -> Result<Self, CliError> {
        Self::deserialize(value).map_err(|error| {
            CliError::data(format!("the document coordinator:status is unreadable: {error}"))
        })
    }

    /// Counts the time since it was written: while nothing happens it is not written anew.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        if self.end.is_none()
            && self.status != "paused"
            && let Ok(at) = self.updated_at.parse::<Timestamp>()
        {
            self.running_seconds = self.running_seconds.saturating_add(now.since(at).as_secs());
        }
    }

    /// One of its metrics.
    pub(in crate::command::power) fn count(&self, name: &str) -> u64 {
        self.metrics.get(name).and_then(Value::as_u64).unwrap_or(0)
    }
}

/// How far it is, in one line.
pub(in crate::command::power) fn state_line(stand: &Stand) -> String {
    let state = stand.end.as_ref().map_or_else(|| short(&stand.status, 64), end_text);
    let phase = match (&stand.end, &stand.phase) {
        (None, Some(phase)) => {
            let (at, of) = (u64::from(stand.phase_index) + 1, stand.phases.len());
            format!(", phase {} ({at} of {of})", short(phase, 64))
        }
        _ => String::new(),
    };
    format!("{state}{phase}, after {}", age(Duration::from_secs(stand.running_seconds)))
}

/// How a session ended, from its JSON form.
pub(in crate::command::power) fn end_text(end: &Value) -> String {
    let detail = |name: &str, key: &str| {
        end.get(name).and_then(|end| end.get(key)).and_then(Value::as_str).map(|t| short(t, 400))
    };
    if let Some(reason) = detail("failed", "reason") {
        return format!("failed: {reason}");
    }
    if end.get("stopped").is_some() {
        let by = detail("stopped", "by");
        return by.map_or_else(|| "stopped".to_owned(), |by| format!("stopped by {by}"));
    }
    match end.as_str() {
        Some("timed_out") => "timed out".to_owned(),
        Some(other) => short(other, 64),
        None => "over".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use popkit_coordinator::machine::End;

    use super::*;

    #[test]
    fn every_end_has_words() {
        let text = |end: &End| end_text(&serde_json::to_value(end).unwrap());
        assert_eq!(text(&End::Completed), "completed");
        assert_eq!(text(&End::TimedOut), "timed out");
        assert_eq!(text(&End::Failed { reason: "no\u{1b}".to_owned() }), "failed: no\\u{1b}");
        assert_eq!(text(&End::Stopped { by: None }), "stopped");
        assert_eq!(text(&End::Stopped { by: Some("human".to_owned()) }), "stopped by human");
    }

    #[test]
    fn what_is_left_out_is_empty() {
        let stand = Stand::read(&serde_json::json!({ "status": "running", "new": 1 })).unwrap();
        assert_eq!(state_line(&stand), "running, after 0s");
        assert!(Stand::read(&serde_json::json!([1])).is_err());
    }
}
