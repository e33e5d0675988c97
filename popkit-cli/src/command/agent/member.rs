//! What is known of an agent, from the documents of the session.

use std::collections::BTreeMap;

use bytes::Bytes;
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentId, Timestamp};
use popkit_store::{Document, StateKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::CliError;
use crate::input;
use crate::session::SessionSite;

/// With what the names of the states begin.
const PREFIX: &str = "state:";
/// Documents read at once.
const PAGE: usize = 100;

/// An agent. What its document does not say is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Member {
    pub(super) id: AgentId,
    pub(super) name: Option<String>,
    /// What the coordinator holds of it: live, suspect, lost, left.
    pub(super) standing: Option<String>,
    /// The phase or the task that it is at.
    pub(super) doing: Option<String>,
    /// From 0.0 to 1.0.
    pub(super) progress: f64,
    pub(super) tool_calls: u64,
    /// Which start of its program it is.
    pub(super) process: Option<String>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) heard_at: Option<Timestamp>,
    #[serde(skip)]
    pub(super) more: More,
}

/// What only `show` tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct More {
    pub(super) files_touched: Vec<String>,
    pub(super) tools_used: Vec<String>,
    pub(super) blockers: Vec<String>,
    pub(super) decisions: Vec<Value>,
}

/// The agents of a session, by their ids: those with a state, and those of whom the
/// coordinator says how they stand. And whether it says so at all.
pub(super) async fn members(site: &SessionSite) -> Result<(Vec<Member>, bool), CliError> {
    let status = site.value("coordinator:status").await?;
    // What the status says of agents behind the end is how they stood before it.
    let is_over =
        status.as_ref().is_some_and(|status| status.get("end").is_some_and(|end| !end.is_null()));
    let standings = status.as_ref().filter(|_| !is_over).and_then(|status| status.get("agents"));
    let mut standings: BTreeMap<AgentId, String> = standings
        .and_then(|agents| serde_json::from_value(agents.clone()).ok())
        .unwrap_or_default();
    let mut all = BTreeMap::new();
    for (id, fields) in states(site).await? {
        let standing = standings.remove(&id);
        all.insert(id.clone(), Member::read(id, standing, &fields));
    }
    for (id, standing) in standings {
        all.insert(id.clone(), Member::read(id, Some(standing), &BTreeMap::new()));
    }
    Ok((all.into_values().collect(), status.is_some()))
}

type Fields = BTreeMap<String, Bytes>;

async fn states(site: &SessionSite) -> Result<Vec<(AgentId, Fields)>, CliError> {
    let mut found = Vec::new();
    let mut after: Option<StateKey> = None;
    loop {
        let page = site.documents.list(PREFIX, after.as_ref(), PAGE).await?;
        for (key, document) in &page.items {
            let id = key.as_str().strip_prefix(PREFIX).unwrap_or_default();
            // Whatever else is kept under such a name is no agent.
            if let (Ok(id), Document::Map(fields)) = (AgentId::new(id), &document.value) {
                found.push((id, fields.clone()));
            }
        }
        match page.items.into_iter().next_back() {
            Some((last, _)) if page.next.is_some() => after = Some(last),
            _ => return Ok(found),
        }
    }
}

impl Member {
    /// Reads a state in either form, that of the coordinator and that of the hook, field by
    /// field. One that is not what it must be counts as missing.
    fn read(id: AgentId, standing: Option<String>, fields: &Fields) -> Self {
        let agent: Option<AgentIdentity> = value(fields, "agent");
        let extra: Option<Value> = value(fields, "x_popkit");
        let began =
            extra.as_ref().and_then(|extra| input::time(extra.get("started_at")?.as_str()?));
        let at = |name: &str| input::time(&text(fields, name)?);
        let progress: f64 = value(fields, "progress").unwrap_or(0.0);
        Self {
            name: text(fields, "agent_name").or_else(|| agent.as_ref().map(|a| a.name.clone())),
            standing,
            doing: text(fields, "current_task"),
            progress: if progress.is_finite() { progress.clamp(0.0, 1.0) } else { 0.0 },
            tool_calls: value(fields, "tool_call_count").unwrap_or(0),
            process: text(fields, "session_id")
                .or_else(|| agent.as_ref().map(|a| a.session_id.clone())),
            started_at: began.or_else(|| agent.map(|agent| agent.started_at)),
            heard_at: at("timestamp").max(at("last_checkin")),
            more: More {
                files_touched: value(fields, "files_touched").unwrap_or_default(),
                tools_used: value(fields, "tools_used").unwrap_or_default(),
                blockers: value(fields, "blockers").unwrap_or_default(),
                decisions: value(fields, "decisions").unwrap_or_default(),
            },
            id,
        }
    }
}

fn value<T: DeserializeOwned>(fields: &Fields, name: &str) -> Option<T> {
    serde_json::from_slice(fields.get(name)?).ok()
}

/// A field of the type text: what is no JSON, or JSON of another type, is the text itself.
fn text(fields: &Fields, name: &str) -> Option<String> {
    let bytes = fields.get(name)?;
    let text = match serde_json::from_slice::<Option<String>>(bytes) {
        Ok(text) => text,
        Err(_) => Some(String::from_utf8_lossy(bytes).into_owned()),
    };
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Member {
        let field =
            |(name, value): &(&str, &str)| ((*name).to_owned(), Bytes::from((*value).to_owned()));
        Member::read("a".try_into().unwrap(), None, &fields.iter().map(field).collect())
    }

    #[test]
    fn both_forms_say_the_same() {
        let coordinator = read(&[
            (
                "agent",
                r#"{"id":"a","name":"ann","session_id":"host-7","started_at":"2026-11-26T08:00:00Z"}"#,
            ),
            ("current_task", "\"explore\""),
            ("progress", "0.5"),
            ("tool_call_count", "3"),
            ("timestamp", "\"2026-11-26T08:01:00Z\""),
        ]);
        let hook = read(&[
            ("agent_id", "\"a\""),
            ("agent_name", "\"ann\""),
            ("session_id", "\"host-7\""),
            ("current_task", "\"explore\""),
            ("progress", "0.5"),
            ("tool_call_count", "3"),
            ("last_checkin", "\"2026-11-26T08:01:00.000000\""),
            ("x_popkit", r#"{"started_at":"2026-11-26T08:00:00Z","recent":[]}"#),
        ]);
        assert_eq!(coordinator, hook);
        assert_eq!((hook.tool_calls, hook.process.as_deref()), (3, Some("host-7")));
        assert!(hook.started_at.is_some() && hook.heard_at > hook.started_at);
    }

    #[test]
    fn what_is_not_json_is_the_text_itself_and_nonsense_is_missing() {
        let member = read(&[
            ("current_task", "write the parser"),
            ("agent_name", "null"),
            ("progress", "7e9"),
            ("tool_call_count", "many"),
            ("files_touched", "{}"),
        ]);
        assert_eq!(member.doing.as_deref(), Some("write the parser"));
        assert_eq!((member.name, member.progress, member.tool_calls), (None, 1.0, 0));
        assert_eq!(member.more, More::default());
    }
}
