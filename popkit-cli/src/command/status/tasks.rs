//! Phases, and what blocked tasks wait for.

use std::collections::HashMap;

use popkit_protocol::{EdgePolicy, Need, Pending, Task, TaskId, TaskState};
use popkit_store::{PageRequest, Result, TaskQuery, TaskStore};

/// Blocked tasks that are shown.
const SHOWN: usize = 10;
/// How the tag begins that says the phase of a task.
const PHASE: &str = "phase:";

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Phase {
    pub(super) name: String,
    pub(super) total: usize,
    pub(super) running: usize,
    pub(super) done: usize,
    pub(super) failed: usize,
    /// Ended, well or not.
    pub(super) ended: usize,
}

/// A task behind others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocked {
    pub(super) id: TaskId,
    pub(super) title: String,
    /// What it waits for, and where that stands.
    pub(super) waits_for: Vec<(TaskId, String)>,
}

/// Looks at all tasks. Answers with the phases in the order of their first tasks, the first
/// blocked tasks, and how many of these there are.
pub(super) async fn look(store: &dyn TaskStore) -> Result<(Vec<Phase>, Vec<Blocked>, usize)> {
    let mut tasks = Vec::new();
    let mut page = PageRequest::first(1000);
    loop {
        let found = store.query(TaskQuery::all().page(page)).await?;
        tasks.extend(found.items);
        let Some(next) = found.next else { break };
        page = page.after(next);
    }
    let (blocked, total) = blocked(&tasks);
    Ok((phases(&tasks), blocked, total))
}

fn phases(tasks: &[Task]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for task in tasks {
        let Some(name) = task.spec.tags.iter().find_map(|tag| tag.strip_prefix(PHASE)) else {
            continue;
        };
        let at = phases.iter().position(|phase| phase.name == name).unwrap_or_else(|| {
            phases.push(Phase { name: name.to_owned(), ..Phase::default() });
            phases.len() - 1
        });
        if let Some(phase) = phases.get_mut(at) {
            phase.total += 1;
            phase.running += usize::from(task.hold.is_some());
            phase.done += usize::from(task.state == TaskState::Done);
            phase.failed += usize::from(task.state == TaskState::Failed);
            phase.ended += usize::from(task.state.is_terminal());
        }
    }
    phases
}

fn blocked(tasks: &[Task]) -> (Vec<Blocked>, usize) {
    let known: HashMap<&TaskId, &Task> = tasks.iter().map(|task| (task.id(), task)).collect();
    let is_blocked = |task: &&Task| task.pending() == Some(Pending::Blocked);
    let all = tasks.iter().filter(is_blocked);
    let shown = all.clone().take(SHOWN).map(|task| Blocked {
        id: task.id().clone(),
        title: task.spec.title.clone(),
        waits_for: task.spec.needs.iter().filter_map(|need| waits_for(need, &known)).collect(),
    });
    (shown.collect(), all.count())
}

/// What this need still waits for: a task that has not ended, or one that ended badly and had
/// to end well.
fn waits_for(need: &Need, known: &HashMap<&TaskId, &Task>) -> Option<(TaskId, String)> {
    let parent = known.get(&need.task)?;
    let is_bad = matches!(parent.state, TaskState::Failed | TaskState::Cancelled);
    let waits = !parent.state.is_terminal() || (is_bad && need.on_failure == EdgePolicy::Block);
    let stands = match parent.pending() {
        Some(pending) => pending.to_string(),
        None => parent.state.to_string(),
    };
    waits.then(|| (need.task.clone(), stands))
}

#[cfg(test)]
mod tests {
    use popkit_protocol::NewTask;
    use popkit_store::{MemoryStore, TaskStoreExt as _};

    use super::*;

    fn task(id: &str, phase: &str, needs: &[&str]) -> NewTask {
        let needs = needs.iter().map(|need| TaskId::new(need).unwrap());
        NewTask::new(id.try_into().unwrap(), "work".try_into().unwrap())
            .with_tags([format!("phase:{phase}")])
            .with_needs(needs)
    }

    #[tokio::test]
    async fn phases_come_in_order_and_blocked_tasks_name_what_holds_them() {
        let store = MemoryStore::new();
        let tasks = vec![
            task("a", "one", &[]),
            task("b", "one", &[]),
            task("c", "two", &["a", "b"]),
            task("d", "two", &["c"]),
        ];
        store.insert_many(tasks).await.unwrap();
        store.cancel(&"a".try_into().unwrap(), "anna", None).await.unwrap();
        let (phases, blocked, total) = look(&store).await.unwrap();
        let told: Vec<_> = phases.iter().map(|p| (p.name.as_str(), p.total, p.ended)).collect();
        assert_eq!(told, [("one", 2, 1), ("two", 2, 0)]);
        let told: Vec<String> = blocked
            .iter()
            .map(|task| {
                let waits = task.waits_for.iter().map(|(id, stands)| format!("{id} {stands}"));
                format!("{}: {}", task.id, waits.collect::<Vec<_>>().join(", "))
            })
            .collect();
        assert_eq!(told, ["c: a cancelled, b ready", "d: c blocked"]);
        assert_eq!(total, 2);
    }
}
