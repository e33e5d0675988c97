//! One entry of the file of insights: read in any form, written in that of the code.

use popkit_protocol::message::EXTENSIONS;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{FileInsight, time, word};

/// The phase where the originals know none.
const NO_PHASE: &str = "unknown";
/// Keys without which the originals cannot read an entry.
const KEYS: [&str; 7] = ["id", "source_agent", "phase", "type", "content", "tags", "timestamp"];

/// One entry as it stands in the file.
#[derive(Debug)]
pub(super) struct Entry {
    raw: Box<RawValue>,
    /// What it says; absent where it is none of the documented forms.
    pub(super) insight: Option<FileInsight>,
}

impl Entry {
    /// An entry of the file. One in the form of the documents becomes one of the code: ids and
    /// times are added, all of its own keys stay.
    pub(super) fn of_file(raw: Box<RawValue>) -> Self {
        let Ok(mut keys) = serde_json::from_str::<Map<String, Value>>(raw.get()) else {
            return Self { raw, insight: None };
        };
        let insight = read(&keys);
        let Some(found) = &insight else { return Self { raw, insight } };
        if KEYS.iter().all(|key| keys.contains_key(*key)) {
            return Self { raw, insight };
        }
        for (key, value) in form(found) {
            keys.entry(key).or_insert(value);
        }
        match serde_json::value::to_raw_value(&keys) {
            Ok(raw) => Self { insight: read(&keys), raw },
            Err(_) => Self { raw, insight },
        }
    }

    /// An entry of ours.
    pub(super) fn of(insight: &FileInsight) -> Option<Self> {
        let raw = serde_json::value::to_raw_value(&form(insight)).ok()?;
        Some(Self { raw, insight: Some(insight.clone()) })
    }

    pub(super) fn raw(&self) -> &RawValue {
        &self.raw
    }
}

fn form(insight: &FileInsight) -> Map<String, Value> {
    let (kind, is_all) = word::of(&insight.kind);
    let id = insight.id.clone().unwrap_or_else(|| id_of(insight));
    let mut keys = Map::new();
    keys.insert("id".to_owned(), id.into());
    keys.insert("source_agent".to_owned(), insight.agent.as_str().into());
    keys.insert("phase".to_owned(), insight.phase.as_deref().unwrap_or(NO_PHASE).into());
    keys.insert("type".to_owned(), kind.into());
    keys.insert("content".to_owned(), insight.content.as_str().into());
    keys.insert("tags".to_owned(), insight.tags.clone().into());
    keys.insert("timestamp".to_owned(), insight.timestamp.map(time::format).into());
    if !is_all {
        keys.insert(EXTENSIONS.to_owned(), json!({"kind": insight.kind.name()}));
    }
    keys
}

/// The same for the same finder and content, so that nothing gets two ids.
fn id_of(insight: &FileInsight) -> String {
    let mut digest = Sha256::new();
    digest.update(insight.agent.as_bytes());
    digest.update([0]);
    digest.update(insight.content.trim().as_bytes());
    let digest = digest.finalize();
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn read(keys: &Map<String, Value>) -> Option<FileInsight> {
    let text = |key: &str| keys.get(key).and_then(Value::as_str);
    let known = || {
        let ours = keys.get(EXTENSIONS).and_then(|ours| ours.get("kind"))?;
        ours.as_str()?.parse().ok()
    };
    let phase = match keys.get("phase") {
        Some(Value::String(name)) if name != NO_PHASE => Some(name.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let tags = keys.get("tags").and_then(Value::as_array);
    let tags = tags.into_iter().flatten().filter_map(Value::as_str);
    Some(FileInsight {
        id: text("id").filter(|id| !id.is_empty()).map(str::to_owned),
        agent: text("source_agent").or_else(|| text("agent"))?.to_owned(),
        phase,
        kind: known().unwrap_or_else(|| word::meaning(text("type").unwrap_or_default())),
        content: text("content")?.to_owned(),
        tags: tags.map(str::to_owned).collect(),
        timestamp: text("timestamp").and_then(time::parse),
    })
}
