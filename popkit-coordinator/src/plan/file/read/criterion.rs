//! Success criteria.

use super::Report;
use super::field::Field;
use super::table::{Table, label};
use crate::plan::file::Criterion;
use crate::plan::file::syntax::Value;

const KEYS: [&str; 4] = ["name", "command", "dir", "timeout"];

/// The criteria that could be read.
pub(super) fn criteria(field: &Field<'_>, report: &mut Report) -> Vec<Criterion> {
    let items = field.items("a list of commands or tables", usize::MAX, report).unwrap_or_default();
    let read = |(i, item): (usize, &Field<'_>)| criterion(i, item, report);
    items.iter().enumerate().filter_map(read).collect()
}

fn criterion(index: usize, item: &Field<'_>, report: &mut Report) -> Option<Criterion> {
    let place = item.place();
    match item.node.value {
        Value::Str(_) => {
            let command = item.command(report)?;
            let name = command.to_string();
            Some(Criterion { name, command, dir: None, timeout: None, place })
        }
        Value::Map(_) => {
            let label = label("success criterion", "name", index, item.node);
            let table = Table::open(item.node, label, &KEYS, report)?;
            let name = table.get("name").and_then(|field| field.text(report));
            let dir = table.get("dir").and_then(|field| field.dir(report));
            let timeout = table.get("timeout").and_then(|field| field.span(report));
            let command = table.require("command", "say what is to succeed", report);
            let command = command.and_then(|field| field.command(report))?;
            let name = name.map_or_else(|| command.to_string(), |name| name.value.to_owned());
            Some(Criterion { name, command, dir, timeout, place })
        }
        _ => {
            item.refuse("a string or a table", report);
            None
        }
    }
}
