//! Which of the foreign tasks are inserted, and with which parents.

use std::collections::{BTreeMap, BTreeSet};

use popkit_protocol::compat::autonomous::Import;
use popkit_protocol::{NewTask, TaskId, TaskState};

use crate::error::CliError;

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// To be inserted.
    pub(super) batch: Vec<NewTask>,
    /// Not to be inserted, and where they stood.
    pub(super) skipped: Vec<(TaskId, TaskState)>,
}

/// Chooses: what waits is taken. What has ended, waits for a verdict, or is (or was) in
/// somebody's hands is left out unless `all`, because inserting it runs it again.
///
/// A parent that is done and left out is dropped from its dependants: it is no reason to
/// wait. Any other parent that is left out, or that neither the files nor the store have
/// (`known`), is an error that names every such edge.
pub(super) fn select(
    imports: Vec<Import>,
    all: bool,
    known: &BTreeSet<TaskId>,
) -> Result<Selection, CliError> {
    let mut states = BTreeMap::new();
    for import in &imports {
        if states.insert(import.spec.id.clone(), import.state).is_some() {
            let id = &import.spec.id;
            return Err(CliError::data(format!("task {id} is there twice; keep one of its files")));
        }
    }
    let taken = |state| all || matches!(state, TaskState::Backlog | TaskState::Pending);
    let mut selection = Selection::default();
    let mut broken = Vec::new();
    for import in imports {
        let mut spec = import.spec;
        if !taken(import.state) {
            selection.skipped.push((spec.id, import.state));
            continue;
        }
        let id = spec.id.clone();
        spec.needs.retain(|need| match states.get(&need.task) {
            Some(state) if taken(*state) => true,
            _ if known.contains(&need.task) => true,
            Some(TaskState::Done) => false,
            Some(state) => {
                broken.push(format!("{id} needs {}, which is {state}", need.task));
                true
            }
            None => {
                broken.push(format!("{id} needs {}, which is unknown", need.task));
                true
            }
        });
        selection.batch.push(spec);
    }
    if broken.is_empty() {
        return Ok(selection);
    }
    let hint = if all { "import those too" } else { "import those too, or use --all" };
    Err(CliError::data(format!("nothing was imported: {}; {hint}", broken.join("; "))))
}

#[cfg(test)]
mod tests {
    use popkit_protocol::compat::autonomous::TaskJson;

    use super::*;

    fn import(id: &str, state: &str, needs: &[&str]) -> Import {
        let needs = needs.iter().map(|need| format!("{need:?}")).collect::<Vec<_>>().join(",");
        let text = format!(
            r#"{{"id": "{id}", "state": "{state}", "depends_on": [{needs}],
                "created_at": "2026-11-21T09:30:00"}}"#
        );
        TaskJson::parse(&text).unwrap().into_import().unwrap()
    }

    fn ids(tasks: &[NewTask]) -> Vec<&str> {
        tasks.iter().map(|task| task.id.as_str()).collect()
    }

    #[test]
    fn ended_tasks_are_left_out_and_done_parents_are_no_reason_to_wait() {
        let imports = vec![
            import("a", "done", &[]),
            import("b", "pending", &["a"]),
            import("c", "backlog", &["b"]),
            import("d", "active", &[]),
        ];
        let some = select(imports.clone(), false, &BTreeSet::new()).unwrap();
        assert_eq!(ids(&some.batch), ["b", "c"]);
        assert!(some.batch.iter().find(|task| task.id.as_str() == "b").unwrap().needs.is_empty());
        assert_eq!(some.skipped.len(), 2);
        let all = select(imports, true, &BTreeSet::new()).unwrap();
        assert_eq!((ids(&all.batch), all.skipped.len()), (vec!["a", "b", "c", "d"], 0));
    }

    #[test]
    fn a_parent_that_is_missing_or_left_out_is_named() {
        let imports =
            vec![import("a", "failed", &[]), import("b", "pending", &["a", "gone", "stored"])];
        let known = BTreeSet::from([TaskId::new("stored").unwrap()]);
        let error = select(imports, false, &known).unwrap_err();
        assert_eq!(
            error.message,
            "nothing was imported: b needs a, which is failed; b needs gone, which is unknown; \
             import those too, or use --all"
        );
        let twice = vec![import("a", "pending", &[]), import("a", "pending", &[])];
        assert!(select(twice, false, &known).unwrap_err().message.contains("twice"));
    }
}
