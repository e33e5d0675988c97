//! What the decoder of the originals accepts, told independently of the crate.

use serde_json::{Map, Value};

const KEYS: [&str; 8] =
    ["id", "type", "from_agent", "to_agent", "payload", "timestamp", "requires_ack", "ttl_seconds"];

const TYPES: [&str; 25] = [
    "TASK",
    "PROGRESS",
    "RESULT",
    "HEARTBEAT",
    "SYNC",
    "SYNC_ACK",
    "INSIGHT",
    "QUERY",
    "RESPONSE",
    "OBJECTIVE_UPDATE",
    "DRIFT_ALERT",
    "COURSE_CORRECT",
    "AGENT_DOWN",
    "TASK_ORPHANED",
    "TASK_CLAIMED",
    "HUMAN_REQUIRED",
    "BOUNDARY_ALERT",
    "STREAM_START",
    "STREAM_CHUNK",
    "STREAM_END",
    "STREAM_ERROR",
    "EMBEDDING_REQUEST",
    "EMBEDDING_RESULT",
    "SIMILARITY_QUERY",
    "SIMILARITY_RESULT",
];

const HEARTBEAT: [&str; 9] = [
    "agent",
    "progress",
    "current_task",
    "files_touched",
    "tools_used",
    "blockers",
    "tool_call_count",
    "decisions",
    "timestamp",
];

const IDENTITY: [&str; 4] = ["id", "name", "session_id", "started_at"];

const INSIGHT: [&str; 8] = [
    "id",
    "type",
    "content",
    "from_agent",
    "relevance_tags",
    "confidence",
    "timestamp",
    "consumed_by",
];

const INSIGHT_TYPES: [&str; 7] =
    ["discovery", "blocker", "pattern", "question", "warning", "docs_needed", "docs_updated"];

/// Whether the originals take the text, and whether they could have written it.
pub(super) fn accepts(text: &str) -> Result<(), String> {
    written_by_python(text)?;
    let tree: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let message = tree.as_object().ok_or("no object")?;
    keys(message, &KEYS)?;
    let name = message["type"].as_str().ok_or("type is no text")?;
    if !TYPES.contains(&name) {
        return Err(format!("unknown type {name}"));
    }
    for key in ["id", "from_agent", "to_agent"] {
        message[key].as_str().ok_or_else(|| format!("{key} is no text"))?;
    }
    message["requires_ack"].as_bool().ok_or("requires_ack is no bool")?;
    message["ttl_seconds"].as_u64().ok_or("ttl_seconds is no int")?;
    naive(&message["timestamp"])?;
    let payload = message["payload"].as_object().ok_or("payload is no object")?;
    match name {
        "HEARTBEAT" => heartbeat(payload),
        "INSIGHT" => insight(payload),
        _ => Ok(()),
    }
}

fn heartbeat(payload: &Map<String, Value>) -> Result<(), String> {
    keys(payload, &HEARTBEAT)?;
    keys(payload["agent"].as_object().ok_or("agent is no object")?, &IDENTITY)?;
    naive(&payload["agent"]["started_at"])?;
    naive(&payload["timestamp"])
}

pub(super) fn insight(payload: &Map<String, Value>) -> Result<(), String> {
    keys(payload, &INSIGHT)?;
    naive(&payload["timestamp"])?;
    match payload["type"].as_str() {
        Some(kind) if INSIGHT_TYPES.contains(&kind) => Ok(()),
        kind => Err(format!("unknown insight type {kind:?}")),
    }
}

fn keys(object: &Map<String, Value>, expected: &[&str]) -> Result<(), String> {
    let missing = expected.iter().find(|key| !object.contains_key(**key));
    let unknown = object.keys().find(|key| !expected.contains(&key.as_str()));
    match (missing, unknown) {
        (None, None) => Ok(()),
        (missing, unknown) => Err(format!("missing key {missing:?}, unknown key {unknown:?}")),
    }
}

/// `2026-11-20T23:06:03.062177`, with the fraction: a zone raises in the originals.
fn naive(time: &Value) -> Result<(), String> {
    let text = time.as_str().ok_or("a time is no text")?;
    let form = "dddd-dd-ddTdd:dd:dd.dddddd";
    let fits = |(c, form): (char, char)| if form == 'd' { c.is_ascii_digit() } else { c == form };
    if text.len() == form.len() && text.chars().zip(form.chars()).all(fits) {
        return Ok(());
    }
    Err(format!("{text} is no local time"))
}

/// ASCII, the keys of the envelope in order, a space behind each comma and colon and nowhere
/// else.
fn written_by_python(text: &str) -> Result<(), String> {
    let places: Option<Vec<usize>> =
        KEYS.iter().map(|key| text.find(&format!("\"{key}\": "))).collect();
    let in_order = |places: &Vec<usize>| places.first() == Some(&1);
    if !places.as_ref().is_some_and(in_order) {
        return Err("a key is missing or the id is not first".to_owned());
    }
    let (mut quoted, mut escaped) = (false, false);
    let mut before = ' ';
    for c in text.chars() {
        if !matches!(c, ' '..='~') {
            return Err(format!("{c:?} is not escaped"));
        }
        let space_due = !quoted && matches!(before, ',' | ':');
        if !quoted && space_due != (c == ' ') {
            return Err(format!("{c:?} behind {before:?}"));
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        before = c;
    }
    Ok(())
}
