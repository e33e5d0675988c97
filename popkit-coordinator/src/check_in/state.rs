//! The document `pop:state:{agent}` in the form of the hook.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use popkit_protocol::session::{AgentIdentity, AgentState};
use popkit_protocol::text::clean;
use popkit_protocol::{Json, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Observed, tag};

/// Files and tools that are kept, the newest ones: as many as the coordinator keeps.
const LISTED: usize = 200;
/// Calls that are remembered, so that a hook which is told twice counts once.
const RECENT: usize = 32;
/// Files that say what it works on, and tags of them.
const FILES: usize = 20;
const TAGS: usize = 32;
/// Bytes of one name.
const NAME: usize = 400;
/// What the originals have no field for.
const EXTRA: &str = "x_popkit";

/// What an agent with hooks says about itself, from one process to the next.
///
/// | Field | Value, as JSON |
/// |---|---|
/// | `agent_id`, `agent_name`, `session_id` | texts |
/// | `tool_call_count`, `insights_received`, `insights_shared` | numbers |
/// | `files_touched`, `tools_used`, `decisions`, `blockers` | lists, the newest 200 |
/// | `progress` | a number from 0 to 1 |
/// | `current_task`, `last_checkin` | a text or `null` |
/// | `active_streams`, `completed_streams`, `total_stream_chunks`, `total_stream_bytes` | as they were; the hook has no streams |
/// | `x_popkit` | when the agent began, and the ids of its last calls |
///
/// The coordinator writes the same document in its own form, with the fields of
/// [`AgentState`]. Both are read, field by field, and fields that belong to neither stay.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HookState {
    /// Who it is.
    pub agent: AgentIdentity,
    /// How many tool calls it made.
    pub tool_call_count: u64,
    /// The files it changed.
    pub files_touched: Vec<String>,
    /// The tools it used.
    pub tools_used: Vec<String>,
    /// What keeps it from going on.
    pub blockers: Vec<String>,
    /// How far it is, 0.0 to 1.0.
    pub progress: f64,
    /// What it does.
    pub current_task: Option<String>,
    /// When it last checked in.
    pub last_checkin: Option<Timestamp>,
    /// How many insights it got.
    pub insights_received: u64,
    /// How many it shared.
    pub insights_shared: u64,
    recent: Vec<String>,
    rest: BTreeMap<String, Bytes>,
}

impl HookState {
    /// The state of an agent that has done nothing yet.
    #[must_use]
    pub fn new(agent: AgentIdentity) -> Self {
        Self::read(agent, &BTreeMap::new())
    }

    /// Reads the document, whoever wrote it. A field that is not what it must be counts as
    /// missing; one that is a text is taken as it is. Where the document says when the agent
    /// began, that is kept.
    #[must_use]
    pub fn read(mut agent: AgentIdentity, fields: &BTreeMap<String, Bytes>) -> Self {
        let extra: Extra = value(fields, EXTRA).unwrap_or_default();
        let known = value::<AgentIdentity>(fields, "agent").filter(|known| known.id == agent.id);
        let known = known.map(|known| known.started_at);
        agent.started_at = extra.started_at.or(known).unwrap_or(agent.started_at);
        let number = |name| value(fields, name).unwrap_or(0);
        let list = |name| value(fields, name).unwrap_or_default();
        let progress: f64 = value(fields, "progress").unwrap_or(0.0);
        Self {
            agent,
            tool_call_count: number("tool_call_count"),
            files_touched: list("files_touched"),
            tools_used: list("tools_used"),
            blockers: list("blockers"),
            progress: if progress.is_finite() { progress.clamp(0.0, 1.0) } else { 0.0 },
            current_task: text(fields, "current_task"),
            last_checkin: value(fields, "last_checkin"),
            insights_received: number("insights_received"),
            insights_shared: number("insights_shared"),
            recent: extra.recent,
            rest: fields.clone(),
        }
    }

    /// The document.
    #[must_use]
    pub fn write(&self) -> BTreeMap<String, Bytes> {
        let mut fields = self.rest.clone();
        let agent = &self.agent;
        put(&mut fields, "agent_id", &agent.id);
        put(&mut fields, "agent_name", &agent.name);
        put(&mut fields, "session_id", &agent.session_id);
        put(&mut fields, "tool_call_count", &self.tool_call_count);
        put(&mut fields, "files_touched", &self.files_touched);
        put(&mut fields, "tools_used", &self.tools_used);
        put(&mut fields, "blockers", &self.blockers);
        put(&mut fields, "progress", &self.progress);
        put(&mut fields, "current_task", &self.current_task);
        put(&mut fields, "last_checkin", &self.last_checkin);
        put(&mut fields, "insights_received", &self.insights_received);
        put(&mut fields, "insights_shared", &self.insights_shared);
        for (name, usual) in [
            ("decisions", "[]"),
            ("active_streams", "[]"),
            ("completed_streams", "[]"),
            ("total_stream_chunks", "0"),
            ("total_stream_bytes", "0"),
        ] {
            fields.entry(name.to_owned()).or_insert_with(|| Bytes::from_static(usual.as_bytes()));
        }
        let recent = self.recent.clone();
        put(&mut fields, EXTRA, &Extra { started_at: Some(agent.started_at), recent });
        fields
    }

    /// Counts a call and what it did. `false`, and nothing is counted, where this call was
    /// counted before.
    pub fn note(&mut self, call: &Observed) -> bool {
        if let Some(id) = &call.id {
            let id = clean(id, NAME).into_owned();
            if self.recent.contains(&id) {
                return false;
            }
            newest(&mut self.recent, id, RECENT);
        }
        self.tool_call_count = self.tool_call_count.saturating_add(1);
        newest(&mut self.tools_used, clean(&call.tool, NAME).into_owned(), LISTED);
        if let Some(file) = call.touched() {
            newest(&mut self.files_touched, clean(&file, NAME).into_owned(), LISTED);
        }
        true
    }

    /// Whether this call is one at which the agent checks in: every so many, and earlier where
    /// it has not for so long that it would seem lost.
    #[must_use]
    pub fn is_due(&self, every: u64, now: Timestamp, patience: std::time::Duration) -> bool {
        let is_late = self.last_checkin.is_some_and(|last| now.since(last) >= patience);
        is_late || self.tool_call_count.checked_rem(every.max(1)) == Some(0)
    }

    /// What it works on: parts of the paths of the files that it changed last.
    #[must_use]
    pub fn tags(&self) -> BTreeSet<String> {
        let last = self.files_touched.iter().rev().take(FILES);
        let mut tags = BTreeSet::new();
        for tag in last.flat_map(|file| tag::of_path(file)) {
            if tags.len() < TAGS {
                tags.insert(tag);
            }
        }
        tags
    }

    /// What its heartbeat says.
    #[must_use]
    pub fn heartbeat(&self, now: Timestamp) -> AgentState {
        let mut state = AgentState::new(self.agent.clone(), now).with_progress(self.progress);
        state.current_task.clone_from(&self.current_task);
        state.files_touched.clone_from(&self.files_touched);
        state.tools_used.clone_from(&self.tools_used);
        state.blockers.clone_from(&self.blockers);
        state.tool_call_count = self.tool_call_count;
        state
    }
}

#[derive(Debug, Default, Serialize, serde::Deserialize)]
struct Extra {
    started_at: Option<Timestamp>,
    #[serde(default)]
    recent: Vec<String>,
}

/// Puts a text behind the others, once, and keeps the last ones.
fn newest(list: &mut Vec<String>, text: String, most: usize) {
    list.retain(|known| *known != text);
    list.push(text);
    let extra = list.len().saturating_sub(most);
    list.drain(..extra);
}

fn value<T: DeserializeOwned>(fields: &BTreeMap<String, Bytes>, name: &str) -> Option<T> {
    serde_json::from_slice(fields.get(name)?).ok()
}

/// A field of the type text: what is no JSON, or JSON of another type, is the text itself.
fn text(fields: &BTreeMap<String, Bytes>, name: &str) -> Option<String> {
    let bytes = fields.get(name)?;
    match serde_json::from_slice::<Option<String>>(bytes) {
        Ok(text) => text,
        Err(_) => Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty()),
    }
}

fn put<T: Serialize + ?Sized>(fields: &mut BTreeMap<String, Bytes>, name: &str, value: &T) {
    // All of them have a JSON form.
    let json = Json::encode(value).unwrap_or_default();
    fields.insert(name.to_owned(), Bytes::from(json.as_str().to_owned()));
}

#[cfg(test)]
#[path = "state/tests.rs"]
mod tests;
