//! JSON.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;

use super::node::{MapBuilder, Node, Value};
use super::{MAX_DEPTH, invalid, too_deep};
use crate::plan::file::place::{Lines, Place};
use crate::plan::file::{Format, PlanIssue};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str) -> Result<(Node, Vec<PlanIssue>), PlanIssue> {
    let lines = Lines::new(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| {
        let place = lines.place(error.range().start);
        match error.kind() {
            ParseErrorKind::NestingDepthExceeded => too_deep(place),
            kind => invalid(Format::Json, place, &kind.to_string()),
        }
    })?;
    let mut reader = Reader { lines, issues: Vec::new() };
    let root = match parsed.value {
        Some(value) => reader.value(&value, 0)?,
        None => Node::new(Value::Null, Place::new(1, 1)),
    };
    if !matches!(root.value, Value::Null) {
        check_strictly(text)?;
    }
    Ok((root, reader.issues))
}

/// The parser above says more about what is wrong, but lets a few things pass, such as
/// control characters in strings and Unicode spaces.
fn check_strictly(text: &str) -> Result<(), PlanIssue> {
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        invalid(Format::Json, Place::new(error.line(), error.column().max(1)), message)
    })
}

struct Reader<'t> {
    lines: Lines<'t>,
    issues: Vec<PlanIssue>,
}

impl Reader<'_> {
    fn value(&mut self, value: &ast::Value<'_>, depth: usize) -> Result<Node, PlanIssue> {
        let place = self.lines.place(value.start());
        let value = match value {
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
            ast::Value::StringLit(literal) => Value::Str(literal.value.clone().into_owned()),
            ast::Value::NumberLit(literal) => match literal.value.parse() {
                Ok(number) => Value::Int(number),
                Err(_) => Value::Float(literal.value.to_owned()),
            },
            ast::Value::Array(_) | ast::Value::Object(_) if depth >= MAX_DEPTH => {
                return Err(too_deep(place));
            }
            ast::Value::Array(list) => {
                let items = list.elements.iter().map(|item| self.value(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            ast::Value::Object(object) => {
                let mut map = MapBuilder::default();
                for property in &object.properties {
                    let place = self.lines.place(property.name.start());
                    let value = self.value(&property.value, depth + 1)?;
                    let key = property.name.as_str().to_owned();
                    map.add(key, place, value, &mut self.issues);
                }
                map.finish()
            }
        };
        Ok(Node::new(value, place))
    }
}
