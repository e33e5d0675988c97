//! What becomes of each task, and whether anything still moves.

use std::collections::{BTreeMap, HashMap, VecDeque};

use popkit_protocol::{EdgePolicy, Need, Pending, Profile, Task, TaskId, TaskState};

use super::Board;

/// Where a task stands, seen from the end of its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// An agent holds it.
    Running,
    /// It will be at work.
    Coming,
    /// Ended well.
    Done,
    /// A dead letter.
    Failed,
    /// Ended by decision.
    Cancelled,
    /// Rightly not run: what it was to mend did not break.
    Skipped,
    /// It waits for a person: paused, in the backlog or in review.
    Waits,
    /// No agent takes it.
    Unserved,
    /// It waits for this task, which will not end as it has to.
    Blocked(TaskId),
}

impl Standing {
    /// Whether nothing more becomes of it by itself.
    pub(in super::super) fn has_ended(&self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Skipped)
    }
}

/// Where every task stands.
pub(in super::super) type Standings = BTreeMap<TaskId, Standing>;

/// Where every task of the board stands, if these are the agents that there are (`None`:
/// nothing is known of them). Parents are looked at before what needs them; a blocked task
/// with nothing in its way is coming: the store is about to release it.
pub(in super::super) fn standings(board: &Board, team: Option<&[Profile]>) -> Standings {
    let mut known = Standings::new();
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
        let standing = standing(task, team, &known);
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

fn standing(task: &Task, team: Option<&[Profile]>, known: &Standings) -> Standing {
    match task.state {
        TaskState::Done => Standing::Done,
        TaskState::Failed => Standing::Failed,
        TaskState::Cancelled if is_skipped(task, known) => Standing::Skipped,
        TaskState::Cancelled => Standing::Cancelled,
        // Also by its holder, who needs a decision.
        TaskState::Paused => Standing::Waits,
        _ if task.hold.is_some() => Standing::Running,
        _ => match task.pending() {
            Some(Pending::Blocked) => {
                let obstacle = task.spec.needs.iter().find_map(|need| obstacle(need, known));
                obstacle.map_or(Standing::Coming, Standing::Blocked)
            }
            Some(_) if is_served(task, team) => Standing::Coming,
            Some(_) => Standing::Unserved,
            None => Standing::Waits,
        },
    }
}

fn is_served(task: &Task, team: Option<&[Profile]>) -> bool {
    let requirement = task.spec.requirement();
    team.is_none_or(|team| team.iter().any(|profile| profile.serves(&requirement)))
}

/// What this need waits for in vain, if it does.
fn obstacle(need: &Need, known: &Standings) -> Option<TaskId> {
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
fn is_skipped(task: &Task, known: &Standings) -> bool {
    task.spec.needs.iter().any(|need| match (need.on_failure, known.get(&need.task)) {
        (EdgePolicy::Run, Some(parent)) => *parent == Standing::Done,
        (EdgePolicy::Cancel, Some(parent)) => *parent == Standing::Skipped,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use popkit_protocol::NewTask;
    use popkit_store::Action;

    use super::super::stage::{Script, task};
    use super::*;

    fn of<'s>(standings: &'s Standings, id: &str) -> &'s Standing {
        standings.get(&TaskId::new(id).unwrap()).unwrap()
    }

    fn blocked(by: &str) -> Standing {
        Standing::Blocked(by.try_into().unwrap())
    }

    fn edge(id: &str, parent: &str, on_failure: EdgePolicy) -> NewTask {
        task(id, &[]).with_needs([Need::new(parent.try_into().unwrap(), on_failure)])
    }

    #[test]
    fn what_waits_for_a_dead_letter_is_blocked_by_it() {
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["b"]), task("d", &[])];
        let now = Script::new(tasks).claim("a").fatal("a").standings(None);
        assert_eq!(*of(&now, "a"), Standing::Failed);
        assert_eq!(*of(&now, "b"), blocked("a"));
        assert_eq!(*of(&now, "c"), blocked("a"), "by the root, not by what stands between");
        assert_eq!(*of(&now, "d"), Standing::Coming);
    }

    #[test]
    fn an_edge_that_does_not_mind_is_no_obstacle() {
        let tasks = [
            task("a", &[]),
            edge("b", "a", EdgePolicy::Ignore),
            edge("c", "a", EdgePolicy::Run),
            edge("d", "a", EdgePolicy::Cancel),
        ];
        let now = Script::new(tasks).claim("a").fatal("a").standings(None);
        assert_eq!((of(&now, "b"), of(&now, "c")), (&Standing::Coming, &Standing::Coming));
        assert_eq!(*of(&now, "d"), Standing::Cancelled);
    }

    #[test]
    fn a_clean_up_that_was_not_needed_is_skipped() {
        let tasks = [task("a", &[]), edge("b", "a", EdgePolicy::Run), task("c", &["b"])];
        let now = Script::new(tasks).claim("a").done("a").standings(None);
        assert_eq!(*of(&now, "b"), Standing::Skipped);
        assert_eq!(*of(&now, "c"), blocked("b"), "it will never be done");
    }

    #[test]
    fn a_task_that_no_agent_takes_is_seen_only_where_the_agents_are_known() {
        let script = Script::new([task("a", &[]), task("b", &["a"])]);
        assert_eq!(*of(&script.standings(None), "a"), Standing::Coming);
        let now = script.standings(Some(&["b"]));
        assert_eq!((of(&now, "a"), of(&now, "b")), (&Standing::Unserved, &blocked("a")));
        assert_eq!(*of(&script.claim("a").standings(Some(&["b"])), "a"), Standing::Running);
    }

    #[test]
    fn set_aside_and_reviewed_tasks_wait_for_a_person() {
        let tasks = [task("a", &[]), task("b", &[]).with_review(), task("c", &[]).in_backlog()];
        let script = Script::new(tasks).change("a", Action::Pause { reason: None }, "anna");
        let now = script.claim("b").done("b").standings(None);
        assert!(now.values().all(|standing| *standing == Standing::Waits), "{now:?}");
        let asks = Script::new([task("a", &[])]).claim("a").pause("a");
        assert_eq!(*of(&asks.standings(None), "a"), Standing::Waits, "its holder asks");
        assert!(!Standing::Waits.has_ended() && Standing::Skipped.has_ended());
    }
}
