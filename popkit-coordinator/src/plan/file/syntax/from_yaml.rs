//! YAML.
//!
//! Read from the parser's events: the tree that `saphyr` builds recurses without a bound
//! (deep nesting would end the process) and stops at the first duplicate key.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::node::{MapBuilder, Node, Value};
use super::{MAX_DEPTH, invalid, too_deep};
use crate::plan::file::place::Place;
use crate::plan::file::{Format, PlanIssue};

pub(super) fn parse(text: &str) -> Result<(Node, Vec<PlanIssue>), PlanIssue> {
    let mut reader = Reader { parser: Parser::new_from_str(text), issues: Vec::new() };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => break,
            (Event::DocumentStart(_), span) if root.is_some() => {
                let message = "a second YAML document (a plan file holds one)";
                return Err(place_of(&span.start).issue(message));
            }
            (
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing,
                _,
            ) => {}
            (event, span) => root = Some(reader.node(event, &span, 0)?),
        }
    }
    let root = root.unwrap_or_else(|| Node::new(Value::Null, Place::new(1, 1)));
    Ok((root, reader.issues))
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    issues: Vec<PlanIssue>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), PlanIssue> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(refuse(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, PlanIssue> {
        let place = place_of(&span.start);
        let value = match event {
            Event::Scalar(text, style, _, tag) => scalar(text, style, tag.as_deref(), place)?,
            Event::SequenceStart(..) | Event::MappingStart(..) if depth >= MAX_DEPTH => {
                return Err(too_deep(place));
            }
            Event::SequenceStart(_, tag) => {
                refuse_tag(tag.as_deref(), place)?;
                self.list(depth)?
            }
            Event::MappingStart(_, tag) => {
                refuse_tag(tag.as_deref(), place)?;
                self.map(depth)?
            }
            Event::Alias(_) => {
                return Err(place.issue("YAML aliases are not supported (repeat the value)"));
            }
            _ => return Err(invalid(Format::Yaml, place, "unexpected end of a value")),
        };
        Ok(Node::new(value, place))
    }

    fn list(&mut self, depth: usize) -> Result<Value, PlanIssue> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, &span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, PlanIssue> {
        let mut map = MapBuilder::default();
        loop {
            let (event, span) = self.next()?;
            let place = place_of(&span.start);
            let key = match event {
                Event::MappingEnd => return Ok(map.finish()),
                Event::Scalar(key, ScalarStyle::Plain, ..) if key == "<<" => {
                    return Err(place.issue("YAML merge keys are not supported (repeat the keys)"));
                }
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(place.issue("a key must be a word, not a list or table")),
            };
            let (event, span) = self.next()?;
            let value = self.node(event, &span, depth + 1)?;
            map.add(key, place, value, &mut self.issues);
        }
    }
}

fn place_of(mark: &Marker) -> Place {
    Place::new(mark.line(), mark.col() + 1)
}

fn refuse(error: &ScanError) -> PlanIssue {
    invalid(Format::Yaml, place_of(error.marker()), error.info())
}

fn refuse_tag(tag: Option<&Tag>, place: Place) -> Result<(), PlanIssue> {
    match tag {
        None => Ok(()),
        Some(_) => Err(place.issue("YAML tags are not supported, except !!str (leave it out)")),
    }
}

fn scalar(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    place: Place,
) -> Result<Value, PlanIssue> {
    let string = match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => true,
        tag => {
            refuse_tag(tag, place)?;
            style != ScalarStyle::Plain
        }
    };
    Ok(if string { Value::Str(text.into_owned()) } else { resolve(text) })
}

/// The value of a plain word by the core schema of YAML 1.2.
fn resolve(text: Cow<'_, str>) -> Value {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = |text: &str, radix| {
        (!text.is_empty() && text.chars().all(|c| c.is_digit(radix)))
            .then(|| i64::from_str_radix(text, radix).ok())
    };
    let prefixed = text.strip_prefix("0x").and_then(|hex| digits(hex, 16));
    let prefixed = prefixed.or_else(|| text.strip_prefix("0o").and_then(|oct| digits(oct, 8)));
    match prefixed.unwrap_or_else(|| text.parse().ok()) {
        Some(number) => Value::Int(number),
        None if prefixed.is_some() || is_float(&text) => Value::Float(text.into_owned()),
        None => Value::Str(text.into_owned()),
    }
}

fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(rest, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    number && rest.contains(|c: char| c.is_ascii_digit()) && rest.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_follow_the_core_schema() {
        for (text, found) in [
            ("~", "nothing"),
            ("TRUE", "the boolean true"),
            ("yes", "the string \"yes\""),
            ("-12", "the integer -12"),
            ("+12", "the integer 12"),
            ("0o17", "the integer 15"),
            ("0xFf", "the integer 255"),
            ("0x-5", "the string \"0x-5\""),
            ("012", "the integer 12"),
            ("1.5", "the number 1.5"),
            (".5e3", "the number .5e3"),
            ("-.inf", "the number -.inf"),
            ("99999999999999999999", "the number 99999999999999999999"),
            ("inf", "the string \"inf\""),
            ("1_000", "the string \"1_000\""),
            ("1m", "the string \"1m\""),
            ("0x", "the string \"0x\""),
        ] {
            let node = Node::new(resolve(text.into()), Place::default());
            assert_eq!(node.found(), found, "{text}");
        }
    }
}
