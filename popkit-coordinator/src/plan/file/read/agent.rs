//! Agents.

use popkit_protocol::{AgentId, TaskKind, limits};

use super::field::Field;
use super::table::{Table, label};
use super::{AgentDraft, Report};
use crate::plan::file::place::At;

const KEYS: [&str; 7] = ["name", "capabilities", "kinds", "slots", "command", "env", "dir"];

pub(super) fn agent(index: usize, item: &Field<'_>, report: &mut Report) -> Option<AgentDraft> {
    let label = label("agent", "name", index, item.node);
    let table = Table::open(item.node, label, &KEYS, report)?;
    let name = table.require("name", "give the agent a name", report);
    let name = name.and_then(|field| field.string(report));
    let id = name.as_ref().and_then(|name| match AgentId::new(name.value) {
        Ok(id) => Some(id),
        Err(error) => {
            report.add(name.place, error.to_string());
            None
        }
    });
    let kinds = table.get("kinds");
    let kinds =
        kinds.and_then(|field| field.names(limits::LABELS, |text| TaskKind::new(text), report));
    let slots = table.get("slots").and_then(|field| field.integer(1..=256, report));
    let capabilities = match table.get("capabilities") {
        Some(field) => field.capabilities(report),
        None => Some(Vec::new()),
    };
    Some(AgentDraft {
        place: table.place,
        name: name.map(|name| At::new(name.value.to_owned(), name.place)),
        id,
        capabilities,
        kinds: kinds.unwrap_or_default(),
        slots: slots.unwrap_or(1),
        has_command: table.has("command"),
        command: table.get("command").and_then(|field| field.template(report)),
        env: table.get("env").and_then(|field| field.env(report)).unwrap_or_default(),
        dir: table.get("dir").and_then(|field| field.dir(report)),
        label: table.label,
    })
}
