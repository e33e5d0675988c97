//! Tasks.

use popkit_protocol::{EdgePolicy, TaskId, id, limits};

use super::defaults::Defaults;
use super::field::Field;
use super::table::{Table, label};
use super::{NeedDraft, Report, TaskDraft};
use crate::plan::file::Work;
use crate::plan::file::place::At;
use crate::plan::file::syntax::{Value, quote};

const KEYS: [&str; 14] = [
    "id",
    "title",
    "description",
    "phase",
    "command",
    "prompt",
    "needs",
    "capabilities",
    "priority",
    "retries",
    "timeout",
    "env",
    "dir",
    "tags",
];
const NEED_KEYS: [&str; 2] = ["task", "on_failure"];
const POLICIES: [(&str, EdgePolicy); 4] = [
    ("block", EdgePolicy::Block),
    ("cancel", EdgePolicy::Cancel),
    ("run", EdgePolicy::Run),
    ("ignore", EdgePolicy::Ignore),
];

pub(super) fn task(
    index: usize,
    item: &Field<'_>,
    defaults: &Defaults,
    report: &mut Report,
) -> Option<TaskDraft> {
    let label = label("task", "id", index, item.node);
    let table = Table::open(item.node, label, &KEYS, report)?;
    let name = table.require("id", "give the task a name", report);
    let name = name.and_then(|field| field.string(report));
    let id = name.as_ref().and_then(|name| match TaskId::new(name.value) {
        Ok(id) => Some(id),
        Err(error) => {
            report.add(name.place, error.to_string());
            None
        }
    });
    let title = table.get("title").and_then(|field| field.short(limits::TITLE_BYTES, report));
    let description = table.get("description");
    let description = description.and_then(|field| field.short(limits::DESCRIPTION_BYTES, report));
    let phase = table.get("phase").and_then(|field| field.string(report));
    let shared = defaults.clone().with(&table, report);
    Some(TaskDraft {
        place: table.place,
        name: name.map(|name| At::new(name.value.to_owned(), name.place)),
        id,
        title: title.map(|title| title.value.to_owned()),
        description: description.map_or_else(String::new, |text| text.value.to_owned()),
        has_phase: table.has("phase"),
        phase: phase.map(|phase| At::new(phase.value.to_owned(), phase.place)),
        has_prompt: table.has("prompt") && !table.has("command"),
        work: work(&table, report),
        needs: needs(&table, report),
        capabilities: shared.capabilities,
        priority: shared.priority,
        retries: shared.retries,
        timeout: shared.timeout,
        env: shared.env,
        dir: shared.dir,
        tags: tags(&table, report),
        label: table.label,
    })
}

fn work(table: &Table<'_>, report: &mut Report) -> Option<Work> {
    let command = table.get("command");
    let prompt = table.get("prompt");
    let wrong = match (command.is_some(), prompt.is_some()) {
        (true, true) => Some("has both \"command\" and \"prompt\" (keep one)"),
        (false, false) if !(table.meant("command") || table.meant("prompt")) => {
            Some("has neither \"command\" nor \"prompt\" (add one)")
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        report.add(table.place, format!("{} {wrong}", table.label));
    }
    let command = command.and_then(|field| field.command(report)).map(Work::Command);
    let prompt = prompt.and_then(|field| field.text(report));
    command.or_else(|| prompt.map(|prompt| Work::Prompt(prompt.value.to_owned())))
}

fn tags(table: &Table<'_>, report: &mut Report) -> Vec<String> {
    let Some(field) = table.get("tags") else { return Vec::new() };
    let items = field.items("a list of strings", limits::LABELS, report).unwrap_or_default();
    let read = items.iter().filter_map(|item| item.short(id::MAX_LEN, report));
    read.map(|text| text.value.to_owned()).collect()
}

fn needs(table: &Table<'_>, report: &mut Report) -> Vec<NeedDraft> {
    let Some(field) = table.get("needs") else { return Vec::new() };
    let items = field.items("a list of task ids", limits::NEEDS, report).unwrap_or_default();
    items.iter().filter_map(|item| need(item, report)).collect()
}

fn need(item: &Field<'_>, report: &mut Report) -> Option<NeedDraft> {
    let owned = |text: At<&str>| At::new(text.value.to_owned(), text.place);
    match item.node.value {
        Value::Str(_) => {
            let task = owned(item.string(report)?);
            Some(NeedDraft { task, on_failure: EdgePolicy::default() })
        }
        Value::Map(_) => {
            let table = Table::open(item.node, &item.what, &NEED_KEYS, report)?;
            let on_failure = table.get("on_failure").map(|field| on_failure(&field, report));
            let task = table.require("task", "name the task that is needed", report);
            let task = owned(task.and_then(|field| field.string(report))?);
            Some(NeedDraft { task, on_failure: on_failure.unwrap_or_default() })
        }
        _ => {
            item.refuse("a task id or a table", report);
            None
        }
    }
}

fn on_failure(field: &Field<'_>, report: &mut Report) -> EdgePolicy {
    let Some(text) = field.string(report) else { return EdgePolicy::default() };
    if let Some((_, policy)) = POLICIES.iter().find(|(name, _)| *name == text.value) {
        return *policy;
    }
    let names = POLICIES.iter().map(|(name, _)| *name);
    let hint = report.hint(text.value, names, "known: block, cancel, run, ignore");
    let text = quote(text.value);
    report.add(field.place(), format!("unknown choice {text} for {}{hint}", field.what));
    EdgePolicy::default()
}
