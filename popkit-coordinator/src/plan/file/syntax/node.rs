//! The tree.

use std::collections::HashMap;

use crate::plan::file::PlanIssue;
use crate::plan::file::place::Place;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no 64-bit integer, as it was written: no key takes one.
    Float(String),
    /// TOML only, and no key takes one.
    DateTime,
    Str(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn new(value: Value, place: Place) -> Self {
        Self { value, place }
    }

    /// The value of a key, when this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// What this is, for people: `the string "x"`, `a list`.
    pub(crate) fn found(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("the boolean {value}"),
            Value::Int(value) => format!("the integer {value}"),
            Value::Float(text) => format!("the number {}", shorten(text)),
            Value::DateTime => "a date or time".to_owned(),
            Value::Str(text) => format!("the string {}", quote(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a table".to_owned(),
        }
    }
}

/// Collects the entries of a table and reports keys that come twice.
#[derive(Debug, Default)]
pub(super) struct MapBuilder {
    entries: Vec<Entry>,
    lines: HashMap<String, u32>,
}

impl MapBuilder {
    /// Adds an entry; of two with one key the first stays.
    pub(super) fn add(
        &mut self,
        key: String,
        place: Place,
        value: Node,
        issues: &mut Vec<PlanIssue>,
    ) {
        if let Some(line) = self.lines.get(&key) {
            let key = quote(&key);
            issues.push(place.issue(format!("duplicate key {key} (first on line {line})")));
            return;
        }
        self.lines.insert(key.clone(), place.line);
        self.entries.push(Entry { key, place, value });
    }

    pub(super) fn finish(self) -> Value {
        Value::Map(self.entries)
    }
}

/// A text in quotes, on one line, cut when long.
pub(crate) fn quote(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
