//! Tasks need tasks that exist, each once, and not themselves.

use std::collections::HashSet;

use crate::plan::file::read::{Draft, Report};
use crate::plan::file::syntax::quote;

pub(super) fn check(draft: &Draft, report: &mut Report) {
    let names = || draft.tasks.iter().filter_map(|task| task.name.as_ref());
    let known: HashSet<&str> = names().map(|name| name.value.as_str()).collect();
    for task in &draft.tasks {
        let own = task.name.as_ref().map(|name| name.value.as_str());
        let mut seen = HashSet::new();
        for need in &task.needs {
            let name = need.task.value.as_str();
            let (shown, label) = (quote(name), &task.label);
            let message = if own == Some(name) {
                format!("{label} needs itself (remove the need)")
            } else if !known.contains(name) {
                let others = names().map(|name| name.value.as_str()).filter(|n| Some(*n) != own);
                let hint = report.hint(name, others, "no task has this id");
                format!("{label} needs the unknown task {shown}{hint}")
            } else if !seen.insert(name) {
                format!("{label} needs task {shown} twice (remove one)")
            } else {
                continue;
            };
            report.add(need.task.place, message);
        }
    }
}
