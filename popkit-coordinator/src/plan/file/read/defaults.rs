//! What a task takes when it says nothing itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{Capability, limits};

use super::Report;
use super::field::Field;
use super::table::Table;
use crate::plan::file::syntax::{Value, quote};
use crate::plan::file::{Backoff, Retries};

const KEYS: [&str; 6] = ["timeout", "retries", "env", "dir", "priority", "capabilities"];
const RETRY_KEYS: [&str; 4] = ["max", "backoff", "delay", "max_delay"];

/// The keys that tasks and `defaults` share.
#[derive(Debug, Clone)]
pub(super) struct Defaults {
    pub(super) timeout: Option<Duration>,
    pub(super) retries: Option<Retries>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) dir: Option<PathBuf>,
    pub(super) priority: u8,
    /// `None` when there are some that could not be read.
    pub(super) capabilities: Option<Vec<Capability>>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            timeout: None,
            retries: None,
            env: BTreeMap::new(),
            dir: None,
            priority: 5,
            capabilities: Some(Vec::new()),
        }
    }
}

impl Defaults {
    pub(super) fn read(field: &Field<'_>, report: &mut Report) -> Self {
        let table = Table::open(field.node, "\"defaults\"", &KEYS, report);
        table.map_or_else(Self::default, |table| Self::default().with(&table, report))
    }

    /// These defaults with a table's own keys in their place; variables are joined.
    pub(super) fn with(mut self, table: &Table<'_>, report: &mut Report) -> Self {
        if let Some(field) = table.get("timeout") {
            self.timeout = field.span(report);
        }
        if let Some(field) = table.get("retries") {
            self.retries = retries(&field, report);
        }
        if let Some(field) = table.get("env") {
            self.env.extend(field.env(report).unwrap_or_default());
        }
        if let Some(field) = table.get("dir") {
            self.dir = field.dir(report);
        }
        if let Some(field) = table.get("priority") {
            self.priority = field.integer(1..=10, report).unwrap_or(self.priority);
        }
        if let Some(field) = table.get("capabilities") {
            self.capabilities = field.capabilities(report);
        }
        self
    }
}

fn retries(field: &Field<'_>, report: &mut Report) -> Option<Retries> {
    let most = limits::ATTEMPTS - 1;
    match field.node.value {
        Value::Int(_) => field.integer(0..=most, report).map(Retries::times),
        Value::Map(_) => {
            let table = Table::open(field.node, &field.what, &RETRY_KEYS, report)?;
            let max = table.require("max", "say how many retries", report);
            let backoff = table.get("backoff").map(|field| backoff(&field, report));
            let retries = Retries {
                max: max.and_then(|field| field.integer(0..=most, report))?,
                backoff: backoff.unwrap_or_default(),
                delay: table.get("delay").and_then(|field| field.span(report)),
                max_delay: table.get("max_delay").and_then(|field| field.span(report)),
            };
            check_waits(&retries, &table, report);
            Some(retries)
        }
        _ => {
            field.refuse("an integer or a table", report);
            None
        }
    }
}

fn backoff(field: &Field<'_>, report: &mut Report) -> Backoff {
    let Some(text) = field.string(report) else { return Backoff::default() };
    Backoff::of(text.value).unwrap_or_else(|| {
        let hint = report.hint(text.value, Backoff::NAMES, "known: fixed, exponential, none");
        let text = quote(text.value);
        report.add(field.place(), format!("unknown backoff {text} for {}{hint}", field.what));
        Backoff::default()
    })
}

fn check_waits(retries: &Retries, table: &Table<'_>, report: &mut Report) {
    let what = &table.label;
    if let (Some(delay), Some(most)) = (retries.delay, retries.max_delay)
        && delay > most
    {
        let message = format!("\"delay\" is longer than \"max_delay\" in {what}");
        report.add(table.place, message);
    }
    if retries.backoff == Backoff::None && (table.has("delay") || table.has("max_delay")) {
        let message = format!("backoff \"none\" takes no delay in {what} (use \"fixed\")");
        report.add(table.place, message);
    }
}
