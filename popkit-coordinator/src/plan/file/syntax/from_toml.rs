//! TOML.

use std::ops::Range;

use ::toml::de::{DeArray, DeTable, DeValue, Error};

use super::node::{Entry, Node, Value, quote};
use super::{MAX_DEPTH, invalid, too_deep};
use crate::plan::file::place::Lines;
use crate::plan::file::{Format, PlanIssue};

/// How the parser calls the one error after which its tree can still be used.
const DUPLICATE: &str = "duplicate key";

pub(super) fn parse(text: &str) -> Result<(Node, Vec<PlanIssue>), PlanIssue> {
    let reader = Reader { text, lines: Lines::new(text) };
    let (table, errors) = DeTable::parse_recoverable(text);
    let start = |error: &&Error| error.span().map_or(text.len(), |span| span.start);
    let broken = errors.iter().filter(|error| error.message() != DUPLICATE);
    if let Some(error) = broken.min_by_key(start) {
        let at = start(&error);
        return Err(invalid(Format::Toml, reader.lines.place(at), error.message()));
    }
    let issues = errors.iter().map(|error| reader.duplicate(error)).collect();
    let span = table.span();
    let root = reader.table(table.get_ref(), &span, 0)?;
    Ok((root, issues))
}

struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
}

impl Reader<'_> {
    fn duplicate(&self, error: &Error) -> PlanIssue {
        let span = error.span().unwrap_or_default();
        let key = self.text.get(span.clone()).unwrap_or_default();
        let key = quote(key.trim_matches(['"', '\'']));
        self.lines.place(span.start).issue(format!("{DUPLICATE} {key}"))
    }

    fn value(
        &self,
        value: &DeValue<'_>,
        span: &Range<usize>,
        depth: usize,
    ) -> Result<Node, PlanIssue> {
        let place = self.lines.place(span.start);
        let value = match value {
            DeValue::String(text) => Value::Str(text.clone().into_owned()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(_) => Value::DateTime,
            DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(value) => Value::Int(value),
                    Err(_) => Value::Float(number.to_string()),
                }
            }
            DeValue::Array(items) => return self.list(items, span, depth),
            DeValue::Table(table) => return self.table(table, span, depth),
        };
        Ok(Node::new(value, place))
    }

    fn list(
        &self,
        items: &DeArray<'_>,
        span: &Range<usize>,
        depth: usize,
    ) -> Result<Node, PlanIssue> {
        let place = self.lines.place(span.start);
        if depth >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        let items = items.iter().map(|item| self.value(item.get_ref(), &item.span(), depth + 1));
        Ok(Node::new(Value::List(items.collect::<Result<_, _>>()?), place))
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        span: &Range<usize>,
        depth: usize,
    ) -> Result<Node, PlanIssue> {
        let place = self.lines.place(span.start);
        if depth >= MAX_DEPTH {
            return Err(too_deep(place));
        }
        // The parser sorts keys by name; people read them in the order of the file.
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let entries = pairs.into_iter().map(|(key, value)| {
            Ok(Entry {
                key: key.get_ref().clone().into_owned(),
                place: self.lines.place(key.span().start),
                value: self.value(value.get_ref(), &value.span(), depth + 1)?,
            })
        });
        Ok(Node::new(Value::Map(entries.collect::<Result<_, _>>()?), place))
    }
}
