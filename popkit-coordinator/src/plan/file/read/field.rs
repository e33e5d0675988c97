//! One value of a table, read as a type.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{Capability, ParseError, duration};

use super::Report;
use crate::plan::file::place::{At, Place};
use crate::plan::file::syntax::{Node, Value, quote};

/// The longest span a plan may ask for.
const MAX_SPAN: Duration = Duration::from_secs(365 * 86_400);

/// A value, and how errors call it (`"needs" in task "build"`).
///
/// Each method reports what is wrong and then gives `None`.
#[derive(Debug)]
pub(super) struct Field<'n> {
    pub(super) node: &'n Node,
    pub(super) what: String,
}

impl<'n> Field<'n> {
    pub(super) fn new(node: &'n Node, what: String) -> Self {
        Self { node, what }
    }

    pub(super) fn place(&self) -> Place {
        self.node.place
    }

    /// Reports a wrong type.
    pub(super) fn refuse(&self, expected: &str, report: &mut Report) {
        let scalar = matches!(self.node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        let mend = match &self.node.value {
            Value::Str(text) if expected.starts_with("a list") => {
                format!(" (write [{}])", quote(text))
            }
            Value::DateTime if expected.starts_with("a string") => " (put it in quotes)".to_owned(),
            _ if scalar && expected.starts_with("a string") => " (put it in quotes)".to_owned(),
            _ => String::new(),
        };
        let found = self.node.found();
        report.add(
            self.place(),
            format!("expected {expected} for {}, found {found}{mend}", self.what),
        );
    }

    /// Reports a name or number that breaks its rule.
    pub(super) fn invalid(&self, error: &ParseError, text: &str, report: &mut Report) {
        let (kind, reason) = (error.what(), error.reason());
        let text = quote(text);
        report.add(self.place(), format!("invalid {kind} {text} for {}: {reason}", self.what));
    }

    /// Any string.
    pub(super) fn string(&self, report: &mut Report) -> Option<At<&'n str>> {
        if let Value::Str(text) = &self.node.value {
            return Some(At::new(text.as_str(), self.place()));
        }
        self.refuse("a string", report);
        None
    }

    /// A string that is more than space and has no NUL, which no process could be given.
    pub(super) fn text(&self, report: &mut Report) -> Option<At<&'n str>> {
        let text = self.string(report)?;
        if text.value.trim().is_empty() {
            report.add(self.place(), format!("{} is empty", self.what));
            return None;
        }
        self.without_nul(text, report)
    }

    /// As [`Field::text`], of at most so many bytes.
    pub(super) fn short(&self, limit: usize, report: &mut Report) -> Option<At<&'n str>> {
        let text = self.text(report)?;
        if text.value.len() > limit {
            let size = text.value.len();
            report.add(
                self.place(),
                format!("{} has {size} bytes (the limit is {limit})", self.what),
            );
            return None;
        }
        Some(text)
    }

    pub(super) fn without_nul(
        &self,
        text: At<&'n str>,
        report: &mut Report,
    ) -> Option<At<&'n str>> {
        if text.value.contains('\0') {
            report.add(self.place(), format!("{} contains a NUL character", self.what));
            return None;
        }
        Some(text)
    }

    /// An integer of a range.
    pub(super) fn integer<T>(&self, range: RangeInclusive<T>, report: &mut Report) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let (low, high) = (range.start(), range.end());
        let Value::Int(value) = self.node.value else {
            self.refuse(&format!("an integer from {low} to {high}"), report);
            return None;
        };
        let fitting = T::try_from(value).ok().filter(|value| range.contains(value));
        if fitting.is_none() {
            report
                .add(self.place(), format!("{} must be {low} to {high}, found {value}", self.what));
        }
        fitting
    }

    /// A list's items, at most so many.
    pub(super) fn items(
        &self,
        expected: &str,
        limit: usize,
        report: &mut Report,
    ) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            self.refuse(expected, report);
            return None;
        };
        if items.len() > limit {
            let count = items.len();
            report.add(
                self.place(),
                format!("{} has {count} items (the limit is {limit})", self.what),
            );
            return None;
        }
        let item = |(i, node)| Field::new(node, format!("item {} of {}", i + 1, self.what));
        Some(items.iter().enumerate().map(item).collect())
    }

    /// A list of names that follow a rule; a name that comes twice counts once.
    pub(super) fn names<T: PartialEq>(
        &self,
        limit: usize,
        parse: impl Fn(&str) -> Result<T, ParseError>,
        report: &mut Report,
    ) -> Option<Vec<T>> {
        let mut names = Some(Vec::new());
        for item in self.items("a list of strings", limit, report)? {
            let text = item.string(report);
            let name = text.and_then(|text| match parse(text.value) {
                Ok(name) => Some(name),
                Err(error) => {
                    item.invalid(&error, text.value, report);
                    None
                }
            });
            names = names.zip(name).map(|(mut names, name)| {
                if !names.contains(&name) {
                    names.push(name);
                }
                names
            });
        }
        names
    }

    pub(super) fn capabilities(&self, report: &mut Report) -> Option<Vec<Capability>> {
        self.names(popkit_protocol::limits::LABELS, |text| Capability::new(text), report)
    }

    /// A span: text such as `1h30m`, or whole seconds.
    pub(super) fn span(&self, report: &mut Report) -> Option<Duration> {
        let span = match &self.node.value {
            Value::Int(seconds) => Duration::from_secs(u64::try_from(*seconds).unwrap_or(0)),
            Value::Str(text) => match duration::parse(text) {
                Ok(span) => span,
                Err(error) => {
                    self.invalid(&error, text, report);
                    return None;
                }
            },
            _ => {
                self.refuse("a duration such as \"90s\" (or whole seconds)", report);
                return None;
            }
        };
        let wrong = if span.is_zero() {
            "must be longer than 0"
        } else if span > MAX_SPAN {
            "must not be longer than 365d"
        } else {
            return Some(span);
        };
        report.add(self.place(), format!("{} {wrong}, found {}", self.what, self.node.found()));
        None
    }

    pub(super) fn dir(&self, report: &mut Report) -> Option<PathBuf> {
        self.text(report).map(|text| PathBuf::from(text.value))
    }

    /// Variables of a process.
    pub(super) fn env(&self, report: &mut Report) -> Option<BTreeMap<String, String>> {
        let Value::Map(entries) = &self.node.value else {
            self.refuse("a table of strings", report);
            return None;
        };
        let mut env = BTreeMap::new();
        for entry in entries {
            if entry.key.is_empty() || entry.key.contains(['=', '\0']) {
                let key = quote(&entry.key);
                let message = format!(
                    "invalid variable {key} in {} (a name without \"=\" is needed)",
                    self.what
                );
                report.add(entry.place, message);
                continue;
            }
            let field = Field::new(&entry.value, format!("{} of {}", quote(&entry.key), self.what));
            if let Some(text) =
                field.string(report).and_then(|text| field.without_nul(text, report))
            {
                env.insert(entry.key.clone(), text.value.to_owned());
            }
        }
        Some(env)
    }
}
