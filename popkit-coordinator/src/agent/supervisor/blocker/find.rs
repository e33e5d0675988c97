//! Finding what is in the way.

use std::collections::{BTreeSet, HashMap, VecDeque};

use popkit_protocol::{EdgePolicy, Task, TaskId};

use super::{Blocker, BlockerCause};
use crate::agent::supervisor::board::{Board, Seen, Standing, Standings};

/// All blockers of a board, in the order of insertion. A dead letter is one even when
/// nothing waits for it; a cancelled task is none then.
pub(in super::super) fn blockers(board: &Board, standings: &Standings) -> Vec<Blocker> {
    let graph = Children::of(board);
    let mut found: Vec<Blocker> =
        board.all().filter_map(|seen| blocker(seen, &graph, board, standings)).collect();
    found.sort_by_key(|blocker| blocker.task.score.seq);
    found
}

fn blocker(
    seen: &Seen,
    graph: &Children<'_>,
    board: &Board,
    standings: &Standings,
) -> Option<Blocker> {
    let cause = match standings.get(seen.task.id())? {
        Standing::Failed => BlockerCause::of_failed(&seen.task),
        Standing::Cancelled | Standing::Skipped => BlockerCause::Cancelled,
        Standing::Unserved => BlockerCause::Unserved,
        _ => return None,
    };
    let dependants = graph.behind(seen.task.id(), cause, board, standings);
    if dependants.is_empty() && (!seen.own || cause == BlockerCause::Cancelled) {
        return None;
    }
    Some(Blocker {
        dependants: dependants.into_iter().collect(),
        requeues: seen.requeues,
        foreign: !seen.own,
        ..Blocker::new(seen.task.clone(), cause)
    })
}

/// The edges of a board, from the parent's side.
struct Children<'b>(HashMap<&'b TaskId, Vec<(&'b Task, EdgePolicy)>>);

impl<'b> Children<'b> {
    fn of(board: &'b Board) -> Self {
        let mut edges: HashMap<&TaskId, Vec<(&Task, EdgePolicy)>> = HashMap::new();
        for seen in board.all() {
            for need in &seen.task.spec.needs {
                edges.entry(&need.task).or_default().push((&seen.task, need.on_failure));
            }
        }
        Self(edges)
    }

    /// The blocked tasks of the plan that cannot begin before `root` is mended. Several
    /// roots may have the same.
    fn behind(
        &self,
        root: &TaskId,
        cause: BlockerCause,
        board: &Board,
        standings: &Standings,
    ) -> BTreeSet<TaskId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut queue = VecDeque::from([(root, true)]);
        while let Some((parent, is_root)) = queue.pop_front() {
            for (child, policy) in self.0.get(parent).into_iter().flatten() {
                // An end, however bad, opens every edge but this. What has not ended opens
                // none.
                let has_ended = is_root && cause != BlockerCause::Unserved;
                let holds = !has_ended || *policy == EdgePolicy::Block;
                let is_blocked = matches!(standings.get(child.id()), Some(Standing::Blocked(_)));
                if holds && is_blocked && seen.insert(child.id()) {
                    queue.push_back((child.id(), false));
                    if board.get(child.id()).is_some_and(|seen| seen.own) {
                        found.insert(child.id().clone());
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::Need;

    use super::super::super::board::stage::{Script, task};
    use super::super::super::board::{Standings, standings};
    use super::*;

    fn found(board: &Board, standings: &Standings) -> Vec<(String, BlockerCause, Vec<String>)> {
        let text = |b: Blocker| {
            let dependants = b.dependants.iter().map(ToString::to_string).collect();
            (b.task.id().to_string(), b.cause, dependants)
        };
        blockers(board, standings).into_iter().map(text).collect()
    }

    fn entry(
        id: &str,
        cause: BlockerCause,
        behind: &[&str],
    ) -> (String, BlockerCause, Vec<String>) {
        (id.to_owned(), cause, behind.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn a_dead_letter_is_told_with_all_that_waits_for_it() {
        let tasks = [task("a", &[]), task("b", &["a"]), task("c", &["b"]), task("d", &[])];
        let script = Script::new(tasks).claim("a").fatal("a");
        let board = script.board(&[]);
        let all = found(&board, &script.standings(None));
        assert_eq!(all, [entry("a", BlockerCause::Fatal, &["b", "c"])]);
        let text = blockers(&board, &script.standings(None)).remove(0).to_string();
        assert_eq!(text, "task a failed for good: error: it cannot work");
    }

    #[test]
    fn the_cause_tells_used_up_attempts_from_a_final_failure() {
        let script = Script::new([task("a", &[])]).claim("a").fail("a");
        let all = found(&script.board(&[]), &script.standings(None));
        assert_eq!(all, [entry("a", BlockerCause::Attempts, &[])]);
    }

    #[test]
    fn two_roots_share_what_waits_for_both() {
        let tasks = [task("a", &[]), task("b", &[]), task("c", &["a", "b"])];
        let script = Script::new(tasks).claim("a").fatal("a").claim("b").fail("b");
        let all = found(&script.board(&[]), &script.standings(None));
        let wanted =
            [entry("a", BlockerCause::Fatal, &["c"]), entry("b", BlockerCause::Attempts, &["c"])];
        assert_eq!(all, wanted);
    }

    #[test]
    fn a_cancelled_task_is_in_the_way_only_of_what_needs_it_done() {
        let ignores =
            task("b", &[]).with_needs([Need::new("a".try_into().unwrap(), EdgePolicy::Ignore)]);
        let script = Script::new([task("a", &[]), ignores]).cancel("a");
        assert_eq!(found(&script.board(&[]), &script.standings(None)), []);
        let script = Script::new([task("a", &[]), task("b", &["a"])]).cancel("a");
        let all = found(&script.board(&[]), &script.standings(None));
        assert_eq!(all, [entry("a", BlockerCause::Cancelled, &["b"])]);
    }

    #[test]
    fn a_task_without_an_agent_is_a_blocker_and_holds_every_edge() {
        let ignores =
            task("b", &[]).with_needs([Need::new("a".try_into().unwrap(), EdgePolicy::Ignore)]);
        let script = Script::new([task("a", &[]), ignores]);
        assert_eq!(found(&script.board(&[]), &script.standings(None)), []);
        let all = found(&script.board(&[]), &script.standings(Some(&["b"])));
        assert_eq!(all, [entry("a", BlockerCause::Unserved, &["b"])]);
    }

    #[test]
    fn tasks_outside_the_plan_count_as_roots_and_not_as_dependants() {
        let tasks = [task("x", &[]), task("y", &["x"]), task("a", &["y"])];
        let script = Script::new(tasks).claim("x").fatal("x");
        let board = script.board(&["x", "y"]);
        let standings = standings(&board, None);
        assert_eq!(found(&board, &standings), [entry("x", BlockerCause::Fatal, &["a"])]);
        assert!(blockers(&board, &standings).iter().all(|blocker| blocker.foreign));
        let alone = script.board(&["x", "y", "a"]);
        assert_eq!(found(&alone, &standings), []);
    }
}
