//! With phases every task names one; no task waits for a later phase.

use std::collections::HashMap;

use crate::plan::file::read::{Draft, Report};
use crate::plan::file::syntax::quote;

pub(super) fn check(draft: &Draft, report: &mut Report) {
    let Some(phases) = &draft.phases else { return };
    let mut order = HashMap::new();
    for (i, phase) in phases.iter().enumerate() {
        order.entry(phase.value.as_str()).or_insert(i);
    }
    for task in &draft.tasks {
        let known = || phases.iter().map(|phase| phase.value.as_str());
        match &task.phase {
            Some(phase) if !order.contains_key(phase.value.as_str()) => {
                let otherwise = match phases.len() {
                    0 => "the plan lists no \"phases\"".to_owned(),
                    _ => format!("known phases: {}", known().collect::<Vec<_>>().join(", ")),
                };
                let hint = report.hint(&phase.value, known(), &otherwise);
                let (name, label) = (quote(&phase.value), &task.label);
                report.add(phase.place, format!("unknown phase {name} for {label}{hint}"));
            }
            None if !task.has_phase && !phases.is_empty() => {
                let (names, label) = (known().collect::<Vec<_>>().join(", "), &task.label);
                let message = format!("{label} has no \"phase\" (choose one of: {names})");
                report.add(task.place, message);
            }
            _ => {}
        }
    }
    let mut phase_of = HashMap::new();
    for task in &draft.tasks {
        if let (Some(name), Some(phase)) = (&task.name, &task.phase)
            && let Some(place) = order.get(phase.value.as_str())
        {
            phase_of.entry(name.value.as_str()).or_insert((*place, phase.value.as_str()));
        }
    }
    for task in &draft.tasks {
        let own = task.name.as_ref().and_then(|name| phase_of.get(name.value.as_str()));
        let Some((own, own_name)) = own else { continue };
        for need in &task.needs {
            if let Some((other, name)) = phase_of.get(need.task.value.as_str())
                && other > own
            {
                let (label, needed) = (&task.label, quote(&need.task.value));
                let message = format!(
                    "{label} of phase {own_name:?} needs task {needed} of the later phase {name:?} \
                     (move one of them, or drop the need)"
                );
                report.add(need.task.place, message);
            }
        }
    }
}
