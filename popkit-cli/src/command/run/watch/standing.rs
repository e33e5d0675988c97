//! What becomes of each task, and whether anything still moves.

use std::collections::{HashMap, VecDeque};

use popkit_protocol::{EdgePolicy, Need, Pending, Profile, Task, TaskId, TaskState};

use super::Board;

/// Where a task stands, seen from the end of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// It is at work, or will be.
    Live,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
    /// Rightly not run: what it was to mend did not break.
    Skipped,
    /// Ended by decision.
    Cancelled,
    /// It waits for a person: paused, in the backlog or in review.
    Waits,
    /// No agent of this run takes it.
    Unserved,
    /// It waits for this task, which will not end well.
    Blocked(TaskId),
}

/// Whether something moves that no look at the graph is needed for.
pub(in super::super) fn is_live(board: &Board, profiles: &[Profile]) -> bool {
    board.all().any(|seen| moves(&seen.task, profiles))
}

fn moves(task: &Task, profiles: &[Profile]) -> bool {
    if task.hold.is_some() {
        return true;
    }
    match task.pending() {
        Some(Pending::Ready | Pending::Due) => is_served(task, profiles),
        _ => false,
    }
}

fn is_served(task: &Task, profiles: &[Profile]) -> bool {
    let requirement = task.spec.requirement();
    profiles.iter().any(|profile| profile.serves(&requirement))
}

/// Where every task stands. Parents come before what needs them; a blocked task with nothing
/// in its way is live: the store is about to release it.
pub(in super::super) fn standings(
    board: &Board,
    profiles: &[Profile],
) -> HashMap<TaskId, Standing> {
    let mut known: HashMap<TaskId, Standing> = HashMap::new();
    let mut children: HashMap<&TaskId, Vec<&Task>> = HashMap::new();
    let mut open: HashMap<&TaskId, usize> = HashMap::new();
    let mut queue: VecDeque<&Task> = VecDeque::new();
    for seen in board.all() {
        let parents = seen.task.spec.needs.iter().filter(|need| board.get(&need.task).is_some());
        let mut count = 0;
        for need in parents {
            children.entry(&need.task).or_default().push(&seen.task);
            count += 1;
        }
        open.insert(seen.task.id(), count);
        if count == 0 {
            queue.push_back(&seen.task);
        }
    }
    while let Some(task) = queue.pop_front() {
        let standing = standing(task, profiles, &known);
        known.insert(task.id().clone(), standing);
        for child in children.get(task.id()).into_iter().flatten() {
            if let Some(left) = open.get_mut(child.id()) {
                *left -= 1;
                if *left == 0 {
                    queue.push_back(child);
                }
            }
        }
    }
    known
}

fn standing(task: &Task, profiles: &[Profile], known: &HashMap<TaskId, Standing>) -> Standing {
    match task.state {
        TaskState::Done => Standing::Done,
        TaskState::Failed => Standing::Failed,
        TaskState::Cancelled if is_skipped(task, known) => Standing::Skipped,
        TaskState::Cancelled => Standing::Cancelled,
        _ if moves(task, profiles) => Standing::Live,
        TaskState::Pending if task.pending() == Some(Pending::Blocked) => {
            let obstacle = task.spec.needs.iter().find_map(|need| obstacle(need, known));
            obstacle.map_or(Standing::Live, Standing::Blocked)
        }
        TaskState::Pending => Standing::Unserved,
        _ => Standing::Waits,
    }
}

/// What this need waits for in vain, if it does.
fn obstacle(need: &Need, known: &HashMap<TaskId, Standing>) -> Option<TaskId> {
    match known.get(&need.task)? {
        Standing::Blocked(root) => Some(root.clone()),
        Standing::Waits | Standing::Unserved => Some(need.task.clone()),
        Standing::Failed | Standing::Cancelled | Standing::Skipped
            if need.on_failure == EdgePolicy::Block =>
        {
            Some(need.task.clone())
        }
        _ => None,
    }
}

/// Whether a cancelled task only had to run if another did not end well, which it did.
fn is_skipped(task: &Task, known: &HashMap<TaskId, Standing>) -> bool {
    task.spec.needs.iter().any(|need| match (need.on_failure, known.get(&need.task)) {
        (EdgePolicy::Run, Some(parent)) => *parent == Standing::Done,
        (EdgePolicy::Cancel, Some(parent)) => *parent == Standing::Skipped,
        _ => false,
    })
}

#[cfg(test)]
mod tests;
