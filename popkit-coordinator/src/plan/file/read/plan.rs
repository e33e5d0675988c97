//! A whole plan.

use popkit_protocol::{TaskId, limits};

use super::agent::agent;
use super::criterion::criteria;
use super::defaults::Defaults;
use super::table::Table;
use super::task::task;
use super::{Draft, Report, TaskDraft};
use crate::plan::file::place::{At, Place};
use crate::plan::file::syntax::{self, quote};
use crate::plan::file::{Format, Plan, PlanIssue, rules};

const KEYS: [&str; 7] = ["name", "objective", "success", "phases", "agents", "tasks", "defaults"];

/// Agents of one plan.
const AGENTS: usize = 256;
/// Phases of one plan.
const PHASES: usize = 256;

/// Reads and checks a plan. Its name is empty when the text gives none. `prompts` says that
/// the runner brings a command template for agents that have none.
///
/// # Errors
///
/// Everything that is wrong.
pub(crate) fn plan(text: &str, format: Format, prompts: bool) -> Result<Plan, Vec<PlanIssue>> {
    let (root, duplicates) = syntax::parse(text, format).map_err(|issue| vec![issue])?;
    let mut report = Report::new(duplicates);
    let Some(table) = Table::open(&root, "the plan", &KEYS, &mut report) else {
        return Err(report.into_issues());
    };
    let draft = draft(&table, &mut report);
    rules::check(&draft, prompts, &mut report);
    if !report.is_empty() {
        return Err(report.into_issues());
    }
    let unread = || vec![Place::default().issue("the plan could not be read")];
    draft.finish().ok_or_else(unread)
}

fn draft(table: &Table<'_>, report: &mut Report) -> Draft {
    let objective = table.require("objective", "say what the plan is for", report);
    let objective = objective.and_then(|field| field.text(report));
    let defaults = table.get("defaults");
    let defaults = defaults.map_or_else(Defaults::default, |f| Defaults::read(&f, report));
    let agents = match table.get("agents") {
        None => Some(Vec::new()),
        Some(field) => field.items("a list of tables", AGENTS, report).map(|items| {
            let read = |(i, item)| agent(i, item, report);
            items.iter().enumerate().filter_map(read).collect()
        }),
    };
    Draft {
        name: name(table, report),
        objective: objective.map(|text| text.value.to_owned()),
        success: table.get("success").map(|f| criteria(&f, report)).unwrap_or_default(),
        phases: phases(table, report),
        agents,
        tasks: tasks(table, &defaults, report),
    }
}

fn name(table: &Table<'_>, report: &mut Report) -> Option<String> {
    let Some(field) = table.get("name") else { return Some(String::new()) };
    let text = field.string(report)?;
    // A plan's name has the grammar of a task's id.
    if let Err(error) = TaskId::new(text.value) {
        let (text, reason) = (quote(text.value), error.reason());
        report.add(field.place(), format!("invalid name {text} of the plan: {reason}"));
        return None;
    }
    Some(text.value.to_owned())
}

fn phases(table: &Table<'_>, report: &mut Report) -> Option<Vec<At<String>>> {
    let Some(field) = table.get("phases") else { return Some(Vec::new()) };
    let items = field.items("a list of strings", PHASES, report)?;
    let read = |item: &super::field::Field<'_>| {
        let text = item.short(limits::TITLE_BYTES, report)?;
        Some(At::new(text.value.to_owned(), text.place))
    };
    let phases: Vec<_> = items.iter().map(read).collect();
    phases.into_iter().collect()
}

fn tasks(table: &Table<'_>, defaults: &Defaults, report: &mut Report) -> Vec<TaskDraft> {
    let field = table.require("tasks", "a plan needs at least one task", report);
    let Some(field) = field else { return Vec::new() };
    let items = field.items("a list of tables", limits::BATCH, report);
    let Some(items) = items else { return Vec::new() };
    if items.is_empty() {
        report.add(field.place(), "the plan has no tasks (add at least one)");
    }
    let read = |(i, item)| task(i, item, defaults, report);
    items.iter().enumerate().filter_map(read).collect()
}
