//! Nothing has the name of another.

use std::collections::HashMap;

use crate::plan::file::place::At;
use crate::plan::file::read::{Draft, Report};
use crate::plan::file::syntax::quote;

pub(super) fn check(draft: &Draft, report: &mut Report) {
    let agents = draft.agents.iter().flatten();
    unique("agent id", agents.filter_map(|agent| agent.name.as_ref()), report);
    unique("task id", draft.tasks.iter().filter_map(|task| task.name.as_ref()), report);
    unique("phase", draft.phases.iter().flatten(), report);
}

fn unique<'d>(kind: &str, names: impl Iterator<Item = &'d At<String>>, report: &mut Report) {
    let mut lines = HashMap::new();
    for name in names {
        if let Some(line) = lines.get(&name.value) {
            let text = quote(&name.value);
            report.add(name.place, format!("duplicate {kind} {text} (first on line {line})"));
        } else {
            lines.insert(&name.value, name.place.line);
        }
    }
}
