//! The critical path.

use std::collections::HashMap;
use std::time::Duration;

use popkit_protocol::TaskId;

use super::model::CriticalPath;

/// One task, as far as the path is concerned.
#[derive(Debug, Clone)]
pub(super) struct Stop<'t> {
    pub(super) id: &'t TaskId,
    pub(super) needs: Vec<&'t TaskId>,
    pub(super) work: Duration,
}

/// The chain with the most work, each task needing the one before. Of equal chains the one
/// that comes first in the plan. Needs that are not in the list, and cycles, are left out.
pub(super) fn critical_path(stops: &[Stop<'_>]) -> CriticalPath {
    let index: HashMap<&TaskId, usize> = stops.iter().enumerate().map(|(i, s)| (s.id, i)).collect();
    let needs_of = |i: usize| {
        let needs = stops.get(i).map(|stop| stop.needs.as_slice()).unwrap_or_default();
        needs.iter().filter_map(|id| index.get(id).copied())
    };
    let mut open = vec![0_usize; stops.len()];
    let mut children = vec![Vec::new(); stops.len()];
    for i in 0..stops.len() {
        for parent in needs_of(i) {
            if let (Some(open), Some(children)) = (open.get_mut(i), children.get_mut(parent)) {
                *open += 1;
                children.push(i);
            }
        }
    }
    // Parents before children: the work of the best chain that ends in each task.
    let mut best = vec![(Duration::ZERO, None::<usize>); stops.len()];
    let is_free = |i: &usize| open.get(*i) == Some(&0);
    let mut queue: std::collections::VecDeque<usize> = (0..stops.len()).filter(is_free).collect();
    while let Some(i) = queue.pop_front() {
        let before = needs_of(i)
            .filter_map(|parent| best.get(parent).map(|(sum, _)| (*sum, parent)))
            .filter(|(sum, _)| !sum.is_zero())
            .max_by_key(|(sum, parent)| (*sum, std::cmp::Reverse(*parent)));
        let own = stops.get(i).map(|stop| stop.work).unwrap_or_default();
        if let Some(entry) = best.get_mut(i) {
            let (sum, parent) = before.unzip();
            *entry = (sum.unwrap_or_default() + own, parent);
        }
        for child in children.get(i).into_iter().flatten() {
            if let Some(left) = open.get_mut(*child) {
                *left -= 1;
                if *left == 0 {
                    queue.push_back(*child);
                }
            }
        }
    }
    walk_back(stops, &best)
}

fn walk_back(stops: &[Stop<'_>], best: &[(Duration, Option<usize>)]) -> CriticalPath {
    let last = (0..stops.len()).max_by_key(|i| {
        let sum = best.get(*i).map(|(sum, _)| *sum).unwrap_or_default();
        // The shorter of equal chains: one that ends with a task that did nothing adds
        // nothing.
        let works = stops.get(*i).is_some_and(|stop| !stop.work.is_zero());
        (sum, works, std::cmp::Reverse(*i))
    });
    let seconds = last.and_then(|i| best.get(i)).map(|(sum, _)| *sum).unwrap_or_default();
    let mut tasks = Vec::new();
    let mut at = last.filter(|_| !seconds.is_zero());
    while let Some(i) = at {
        tasks.extend(stops.get(i).map(|stop| stop.id.clone()));
        at = best.get(i).and_then(|(_, parent)| *parent);
    }
    tasks.reverse();
    CriticalPath { tasks, seconds: seconds.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tasks written as `id seconds needs…`.
    fn path(lines: &[&str]) -> (String, f64) {
        let words: Vec<Vec<&str>> = lines.iter().map(|l| l.split(' ').collect()).collect();
        let ids: Vec<Vec<TaskId>> = words
            .iter()
            .map(|w| {
                let names = w.iter().enumerate().filter(|(i, _)| *i != 1);
                names.map(|(_, id)| TaskId::new(*id).unwrap()).collect()
            })
            .collect();
        let stops: Vec<Stop<'_>> = ids
            .iter()
            .zip(&words)
            .map(|(ids, words)| Stop {
                id: &ids[0],
                needs: ids[1..].iter().collect(),
                work: Duration::from_secs(words[1].parse().unwrap()),
            })
            .collect();
        let found = critical_path(&stops);
        let names: Vec<&str> = found.tasks.iter().map(TaskId::as_str).collect();
        (names.join(" "), found.seconds)
    }

    #[test]
    fn the_longest_chain_wins_whatever_the_order_of_the_plan() {
        let lines = ["end 1 mid slow", "mid 1 start", "slow 9", "start 5", "lone 8"];
        assert_eq!(path(&lines), ("slow end".to_owned(), 10.0));
        assert_eq!(path(&["a 5", "b 1 a", "c 5 b", "d 10"]), ("a b c".to_owned(), 11.0));
    }

    #[test]
    fn of_equal_chains_the_first() {
        assert_eq!(path(&["a 2", "b 2", "c 1 a b"]), ("a c".to_owned(), 3.0));
        assert_eq!(path(&["a 2", "b 2"]), ("a".to_owned(), 2.0));
    }

    #[test]
    fn tasks_that_did_nothing_are_no_end_but_may_be_between() {
        assert_eq!(path(&["a 2", "b 0 a"]), ("a".to_owned(), 2.0));
        assert_eq!(path(&["a 2", "b 0 a", "c 1 b"]), ("a b c".to_owned(), 3.0));
        assert_eq!(path(&["z 0", "a 2 z"]), ("a".to_owned(), 2.0));
        assert_eq!(path(&["a 0", "b 0 a"]), (String::new(), 0.0));
        assert_eq!(path(&[]), (String::new(), 0.0));
    }

    #[test]
    fn unknown_needs_and_cycles_are_left_out() {
        assert_eq!(path(&["a 2 gone", "b 1 c", "c 1 b"]), ("a".to_owned(), 2.0));
    }

    #[test]
    fn a_chain_of_ten_thousand_does_not_overflow() {
        let lines: Vec<String> = (0..10_000)
            .map(|i| if i == 0 { "t0 1".to_owned() } else { format!("t{i} 1 t{}", i - 1) })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(path(&lines).1, 10_000.0);
    }
}
