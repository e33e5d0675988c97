//! What to do with each task, parents before what needs them.
//!
//! | Stored as | Text unchanged | Text changed |
//! |---|---|---|
//! | not | inserted | |
//! | done, in review, held | kept | kept, and said so |
//! | failed | requeued | replaced |
//! | cancelled | replaced, unless it would be cancelled again | the same |
//! | otherwise open | kept | replaced |
//!
//! A task is replaced as well where one of its edges has to be drawn anew: its parent is
//! replaced, or was followed as failed and is tried again.
//!
//! What an operator paused is never replaced, and so neither is what it needs: between the
//! insertion and the pause it could start. It keeps its old text, and that is said.

use std::collections::{HashMap, HashSet, VecDeque};

use popkit_protocol::{EdgePolicy, NewTask, Task, TaskId, TaskState};

/// What has to be done so that the store follows the plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Decision {
    /// To be cancelled where open, and removed: children before parents.
    pub(in super::super) remove: Vec<TaskId>,
    /// To be cancelled: no longer in the plan.
    pub(in super::super) cancel: Vec<TaskId>,
    /// Dead letters to be put back.
    pub(in super::super) requeue: Vec<TaskId>,
    /// To be inserted, in one batch.
    pub(in super::super) insert: Vec<NewTask>,
    /// Kept although the text changed.
    pub(in super::super) changed: Vec<TaskId>,
    /// In the plan, and stored as another's.
    pub(in super::super) foreign: Vec<TaskId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Inserted, be it for the first time.
    Insert,
    Requeue,
    /// As it is: it has ended, or will.
    Keep(TaskState),
}

/// What to do. `stored` is every task of the store in the order of insertion, `wanted` the
/// plan's; `tag` marks the tasks that are the plan's own.
pub(in super::super) fn decide(stored: &[Task], wanted: &[NewTask], tag: &str) -> Decision {
    let by_id: HashMap<&TaskId, &Task> = stored.iter().map(|task| (task.id(), task)).collect();
    let is_own = |task: &Task| task.spec.tags.iter().any(|own| own == tag);
    let pinned = pinned(stored, &by_id);
    let mut decision = Decision::default();
    let mut fates: HashMap<&TaskId, Fate> = HashMap::new();
    for new in parents_first(wanted) {
        let fate = match by_id.get(&new.id) {
            None => Fate::Insert,
            Some(task) if !is_own(task) => {
                decision.foreign.push(new.id.clone());
                Fate::Keep(task.state)
            }
            Some(task) => {
                let fate = match fate(task, new, &fates) {
                    Fate::Insert if pinned.contains(task.id()) => match task.state {
                        TaskState::Failed => Fate::Requeue,
                        state => Fate::Keep(state),
                    },
                    fate => fate,
                };
                decision.note(task, new, fate);
                fate
            }
        };
        fates.insert(&new.id, fate);
    }
    decision.remove.reverse();
    decision.insert =
        wanted.iter().filter(|new| fates.get(&new.id) == Some(&Fate::Insert)).cloned().collect();
    // Younger tasks first: they are the ones that need older ones.
    for task in stored.iter().rev().filter(|task| is_own(task) && !fates.contains_key(task.id())) {
        match task.state {
            _ if task.state.is_terminal() || task.state == TaskState::Review => {}
            _ if task.started_at.is_none() => decision.remove.push(task.id().clone()),
            _ => decision.cancel.push(task.id().clone()),
        }
    }
    decision
}

impl Decision {
    fn note(&mut self, task: &Task, new: &NewTask, fate: Fate) {
        match fate {
            Fate::Insert => {
                self.remove.push(new.id.clone());
                return;
            }
            Fate::Requeue => self.requeue.push(new.id.clone()),
            Fate::Keep(TaskState::Cancelled) => return,
            Fate::Keep(_) => {}
        }
        if !says_the_same(&task.spec, new) {
            self.changed.push(new.id.clone());
        }
    }
}

/// Whether two texts ask for the same work. What has run is no other for what came before
/// it: a new task in an early phase changes the needs of every later one.
fn says_the_same(old: &NewTask, new: &NewTask) -> bool {
    let mut with_old_needs = new.clone();
    with_old_needs.needs.clone_from(&old.needs);
    *old == with_old_needs
}

fn fate(task: &Task, new: &NewTask, fates: &HashMap<&TaskId, Fate>) -> Fate {
    let changed = *task.spec != *new;
    let parents = || new.needs.iter().filter_map(|need| Some((need, *fates.get(&need.task)?)));
    match task.state {
        TaskState::Done | TaskState::Review => Fate::Keep(task.state),
        _ if task.hold.is_some() => Fate::Keep(task.state),
        TaskState::Failed => {
            // It ran when its parents had ended; where one runs again, it has to wait for it.
            let waits = parents().any(|(_, fate)| !has_ended(fate));
            if changed || waits { Fate::Insert } else { Fate::Requeue }
        }
        TaskState::Cancelled => {
            let again = parents().any(|(need, fate)| match need.on_failure {
                EdgePolicy::Run => fate == Fate::Keep(TaskState::Done),
                EdgePolicy::Cancel => fate == Fate::Keep(TaskState::Cancelled),
                _ => false,
            });
            if again { Fate::Keep(task.state) } else { Fate::Insert }
        }
        _ => {
            let redraw = parents().any(|(need, fate)| match fate {
                Fate::Insert => true,
                // The other edges were followed when the parent failed.
                Fate::Requeue => need.on_failure != EdgePolicy::Block,
                Fate::Keep(_) => false,
            });
            if changed || redraw { Fate::Insert } else { Fate::Keep(task.state) }
        }
    }
}

/// The paused tasks, and all they need: a task that another needs cannot be removed.
fn pinned<'t>(stored: &'t [Task], by_id: &HashMap<&TaskId, &'t Task>) -> HashSet<&'t TaskId> {
    let mut pinned = HashSet::new();
    let mut queue: Vec<&Task> =
        stored.iter().filter(|task| task.state == TaskState::Paused).collect();
    while let Some(task) = queue.pop() {
        if pinned.insert(task.id()) {
            queue.extend(task.spec.needs.iter().filter_map(|need| by_id.get(&need.task).copied()));
        }
    }
    pinned
}

fn has_ended(fate: Fate) -> bool {
    matches!(fate, Fate::Keep(state) if state.is_terminal())
}

/// The tasks, each after its parents. A plan has no cycles.
fn parents_first(wanted: &[NewTask]) -> Vec<&NewTask> {
    let known: HashSet<&TaskId> = wanted.iter().map(|new| &new.id).collect();
    let mut children: HashMap<&TaskId, Vec<&NewTask>> = HashMap::new();
    let mut open: HashMap<&TaskId, usize> = HashMap::new();
    let mut queue = VecDeque::new();
    for new in wanted {
        let parents = new.needs.iter().filter(|need| known.contains(&need.task));
        let mut count = 0;
        for need in parents {
            children.entry(&need.task).or_default().push(new);
            count += 1;
        }
        open.insert(&new.id, count);
        if count == 0 {
            queue.push_back(new);
        }
    }
    let mut ordered = Vec::with_capacity(wanted.len());
    while let Some(new) = queue.pop_front() {
        ordered.push(new);
        for child in children.get(&new.id).into_iter().flatten().copied() {
            if let Some(left) = open.get_mut(&child.id) {
                *left -= 1;
                if *left == 0 {
                    queue.push_back(child);
                }
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests;
