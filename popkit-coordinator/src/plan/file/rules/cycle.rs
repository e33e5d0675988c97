//! Tasks do not wait for each other in a circle.
//!
//! Needs into later phases are refused, so a circle never passes through phases.

use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use crate::plan::file::read::{Draft, Report};

pub(super) fn check(draft: &Draft, report: &mut Report) {
    let mut index = HashMap::new();
    for (i, task) in draft.tasks.iter().enumerate() {
        if let Some(name) = &task.name {
            index.entry(name.value.as_str()).or_insert(i);
        }
    }
    let mut graph = DiGraphMap::<usize, ()>::new();
    for task in &draft.tasks {
        let Some(name) = &task.name else { continue };
        let Some(from) = index.get(name.value.as_str()) else { continue };
        for need in &task.needs {
            if let Some(to) = index.get(need.task.value.as_str())
                && to != from
            {
                graph.add_edge(*from, *to, ());
            }
        }
    }
    // Not Tarjan's: petgraph's recurses once per task of a chain.
    for component in kosaraju_scc(&graph) {
        let Some(first) = component.iter().min().filter(|_| component.len() > 1) else { continue };
        let tasks = circle(&graph, *first).into_iter().filter_map(|i| draft.tasks.get(i));
        let names = tasks.filter_map(|task| task.name.as_ref()).map(|name| name.value.as_str());
        let names = names.collect::<Vec<_>>().join(" -> ");
        let Some(task) = draft.tasks.get(*first) else { continue };
        let message =
            format!("tasks need each other in a circle: {names} (remove one of these needs)");
        report.add(task.place, message);
    }
}

/// The shortest way from a task back to itself, both ends included.
fn circle(graph: &DiGraphMap<usize, ()>, start: usize) -> Vec<usize> {
    let mut came_from = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.neighbors(node) {
            if next == start {
                let mut way = vec![start, node];
                let mut at = node;
                while let Some(before) = came_from.get(&at) {
                    way.push(*before);
                    at = *before;
                }
                if node == start {
                    way.truncate(1);
                }
                way.reverse();
                way.dedup();
                return way;
            }
            came_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                node
            });
        }
    }
    vec![start]
}
