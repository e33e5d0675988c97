//! A table with known keys.

use super::Report;
use super::field::Field;
use crate::plan::file::place::Place;
use crate::plan::file::syntax::{Entry, Node, Value, quote};

/// A table, and how errors call it (`task "build"`).
#[derive(Debug)]
pub(super) struct Table<'n> {
    pub(super) label: String,
    pub(super) place: Place,
    entries: &'n [Entry],
    /// The known keys that misspelt ones probably stand for: those are not missing.
    meant: Vec<String>,
}

impl<'n> Table<'n> {
    /// Takes a table and reports keys that it cannot have.
    pub(super) fn open(
        node: &'n Node,
        label: impl Into<String>,
        known: &[&str],
        report: &mut Report,
    ) -> Option<Self> {
        let label = label.into();
        let Value::Map(entries) = &node.value else {
            Field::new(node, label).refuse("a table", report);
            return None;
        };
        let mut meant = Vec::new();
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let near = report.nearest(&entry.key, known.iter().copied());
                meant.extend(near.map(str::to_owned));
                let hint = match near {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("known keys: {}", known.join(", ")),
                };
                let key = quote(&entry.key);
                report.add(entry.place, format!("unknown key {key} in {label} ({hint})"));
            }
        }
        Some(Self { label, place: node.place, entries, meant })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Whether a misspelt key probably stands for this one.
    pub(super) fn meant(&self, key: &str) -> bool {
        self.meant.iter().any(|meant| meant == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<Field<'n>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(Field::new(&entry.value, format!("{key:?} in {}", self.label)))
    }

    /// As [`Table::get`], but reports a missing key.
    pub(super) fn require(&self, key: &str, mend: &str, report: &mut Report) -> Option<Field<'n>> {
        let field = self.get(key);
        if field.is_none() && !self.meant(key) {
            report.add(self.place, format!("missing key {key:?} in {} ({mend})", self.label));
        }
        field
    }
}

/// `task "build"`, or `task 3` for one without a readable id.
pub(super) fn label(kind: &str, key: &str, index: usize, node: &Node) -> String {
    match node.get(key).map(|node| &node.value) {
        Some(Value::Str(name)) if !name.is_empty() => format!("{kind} {}", quote(name)),
        _ => format!("{kind} {}", index + 1),
    }
}
