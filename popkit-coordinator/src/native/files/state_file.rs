//! The file of the state.

use std::path::{Path, PathBuf};

use popkit_protocol::Timestamp;
use serde_json::{Map, Value, json};

use super::{AgentStatus, FileError, PowerAgent, PowerState, time, whole};

/// `power-state.json`: `{objective, current_phase, phases, agents, updated_at}`.
///
/// Reading is lenient: a key that is missing, or of another type, is as if it were empty; the
/// phase may be a number or a name, a status that nobody knows is `pending`.
#[derive(Debug, Clone)]
pub struct StateFile {
    path: PathBuf,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Where an unreadable file was moved.
    pub moved_aside: Option<PathBuf>,
}

impl StateFile {
    /// The file at this path. Nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`], [`FileError::Unreadable`].
    pub fn read(&self) -> Result<Option<PowerState>, FileError> {
        let Some(bytes) = whole::read(&self.path)? else { return Ok(None) };
        Ok(Some(state_of(&self.parse(&bytes)?)))
    }

    /// Replaces what the file says. Keys of the file that are none of a state stay.
    ///
    /// Atomic: readers see the file before or after.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`] with nothing changed; [`FileError::Busy`].
    pub fn write(&self, state: &PowerState) -> Result<Written, FileError> {
        let changed = whole::change(&self.path, |old| {
            let mut keys = old.map(|bytes| self.parse(bytes)).transpose()?.unwrap_or_default();
            keys.extend(form(state));
            let text = serde_json::to_vec_pretty(&keys);
            let mut text = text.map_err(|e| FileError::io("write", &self.path, e.into()))?;
            text.push(b'\n');
            Ok((text, ()))
        })?;
        Ok(Written { moved_aside: changed.moved_aside })
    }

    fn parse(&self, bytes: &[u8]) -> Result<Map<String, Value>, FileError> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(keys)) => Ok(keys),
            Ok(_) => Err(FileError::unreadable(&self.path, "it is no object")),
            Err(e) => Err(FileError::unreadable(&self.path, format!("it is no JSON, {e}"))),
        }
    }
}

fn form(state: &PowerState) -> Map<String, Value> {
    let agents = state.agents.iter().map(|(id, agent)| (id.clone(), form_of_agent(agent)));
    let mut keys = Map::new();
    keys.insert("objective".to_owned(), state.objective.as_str().into());
    // The originals know no session that has not begun.
    keys.insert("current_phase".to_owned(), state.current_phase.unwrap_or(0).into());
    keys.insert("phases".to_owned(), state.phases.clone().into());
    keys.insert("agents".to_owned(), Value::Object(agents.collect()));
    keys.insert("updated_at".to_owned(), state.updated_at.map(time::format).into());
    keys
}

fn form_of_agent(agent: &PowerAgent) -> Value {
    json!({
        "id": agent.id,
        "name": agent.name,
        "task": agent.task,
        "phase": agent.phase,
        "status": agent.status.name(),
        "plan_mode_required": agent.plan_mode_required,
        "started_at": agent.started_at.map(time::format),
        "completed_at": agent.completed_at.map(time::format),
    })
}

fn state_of(keys: &Map<String, Value>) -> PowerState {
    let phases = keys.get("phases").and_then(Value::as_array).into_iter().flatten();
    let phases: Vec<String> = phases.filter_map(Value::as_str).map(str::to_owned).collect();
    let current_phase = match keys.get("current_phase") {
        Some(Value::String(name)) => phases.iter().position(|phase| phase == name),
        Some(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        None => None,
    };
    let agents = keys.get("agents").and_then(Value::as_object).into_iter().flatten();
    let agents = agents
        .filter_map(|(id, agent)| agent.as_object().map(|keys| (id.clone(), agent_of(id, keys))));
    PowerState {
        objective: text(keys, "objective").to_owned(),
        current_phase,
        agents: agents.collect(),
        updated_at: at(keys, "updated_at"),
        phases,
    }
}

fn agent_of(id: &str, keys: &Map<String, Value>) -> PowerAgent {
    let status = keys.get("status").cloned().map(serde_json::from_value::<AgentStatus>);
    PowerAgent {
        id: keys.get("id").and_then(Value::as_str).unwrap_or(id).to_owned(),
        name: text(keys, "name").to_owned(),
        task: text(keys, "task").to_owned(),
        phase: text(keys, "phase").to_owned(),
        status: status.and_then(Result::ok).unwrap_or_default(),
        plan_mode_required: keys.get("plan_mode_required") == Some(&Value::Bool(true)),
        started_at: at(keys, "started_at"),
        completed_at: at(keys, "completed_at"),
    }
}

fn text<'a>(keys: &'a Map<String, Value>, key: &str) -> &'a str {
    keys.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn at(keys: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    time::parse(keys.get(key)?.as_str()?)
}
