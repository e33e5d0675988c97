//! One value, and the key it stands at.

use std::fmt::Display;
use std::ops::RangeInclusive;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;

use super::Report;
use super::report::join;

/// A type that a value can be read as.
pub(in crate::config) trait Read: Sized {
    /// The value; `None` where it is no such thing, which is then reported.
    fn read(field: &Field<'_, '_>, report: &mut Report<'_>) -> Option<Self>;
}

/// A value and its key.
#[derive(Debug)]
pub(in crate::config) struct Field<'a, 't> {
    pub(super) value: &'a Value<'t>,
    /// The whole path of the key.
    pub(super) key: String,
    /// ` from 1 to 5`, for what is said about another type.
    range: String,
}

impl<'a, 't> Field<'a, 't> {
    /// A value that stands at this key.
    pub(in crate::config) fn new(
        value: &'a Value<'t>,
        key: String,
        report: &mut Report<'_>,
    ) -> Self {
        report.note(&key, value.start());
        Self { value, key, range: String::new() }
    }

    /// The same, said to have a range.
    pub(in crate::config) fn ranged<T: Display>(mut self, low: T, high: T) -> Self {
        self.range = format!(" from {low} to {high}");
        self
    }

    pub(in crate::config) const fn value(&self) -> &'a Value<'t> {
        self.value
    }

    /// Reports a value that cannot stand here.
    pub(in crate::config) fn refuse(&self, message: impl Into<String>, report: &mut Report<'_>) {
        report.mistake(&self.key, self.value.start(), message);
    }

    /// Reports a value of another type.
    pub(super) fn expected(&self, what: &str, report: &mut Report<'_>) {
        let (found, range) = (found(self.value), &self.range);
        self.refuse(format!("found {found}, expected {what}{range}"), report);
    }

    /// The known keys of an object, each with its value; what is not known is reported.
    pub(in crate::config) fn entries(
        &self,
        known: &[&str],
        report: &mut Report<'_>,
    ) -> Vec<(&'a str, Self)> {
        let Value::Object(object) = self.value else {
            self.expected("an object", report);
            return Vec::new();
        };
        let mut entries: Vec<(&'a str, Self)> = Vec::new();
        for property in &object.properties {
            let (key, place) = (property.name.as_str(), property.name.start());
            if !known.contains(&key) {
                report.unknown(&self.key, key, place, known);
            } else if entries.iter().any(|(other, _)| *other == key) {
                report.mistake(&join(&self.key, key), place, "the key comes twice; leave out one");
            } else {
                let field = Field::new(&property.value, join(&self.key, key), report);
                entries.push((key, field));
            }
        }
        entries
    }
}

/// Reports a number outside its range.
pub(in crate::config) fn within<T: PartialOrd + Display>(
    value: &T,
    range: &RangeInclusive<T>,
    field: &Field<'_, '_>,
    report: &mut Report<'_>,
) -> bool {
    let is_within = range.contains(value);
    if !is_within {
        let (low, high) = (range.start(), range.end());
        field.refuse(format!("found {value}, expected {low} to {high}"), report);
    }
    is_within
}

/// What a value is, for people. Lists and objects do not say what is in them.
fn found(value: &Value<'_>) -> String {
    match value {
        Value::NullKeyword(_) => "null".to_owned(),
        Value::BooleanLit(literal) => literal.value.to_string(),
        Value::NumberLit(literal) => {
            format!("the number {}", popkit_protocol::limits::cut(literal.value, 40))
        }
        Value::StringLit(literal) => {
            format!("the string {:?}", popkit_protocol::limits::cut(&literal.value, 60))
        }
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
