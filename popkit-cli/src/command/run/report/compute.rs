//! From tasks and their times to the report.

use std::collections::{BTreeMap, HashMap, HashSet};

use popkit_protocol::{NewTask, Pending, TaskId, TaskState, Timestamp};

use super::super::watch::{Board, Seen, Standing};
use super::cause::cause;
use super::model::{Checked, Counts, CriterionReport, Outcome, Report, TaskReport};
use super::path::{Stop, critical_path};

/// What a report is made of.
#[derive(Debug)]
pub(in super::super) struct Basis<'r> {
    /// The plan's name and objective.
    pub(in super::super) plan: (&'r str, &'r str),
    /// When the run began and ended.
    pub(in super::super) times: (Timestamp, Timestamp),
    /// The tasks of the plan, in its order.
    pub(in super::super) wanted: &'r [NewTask],
    /// What became of them, and of tasks added meanwhile.
    pub(in super::super) board: &'r Board,
    /// Where each stands.
    pub(in super::super) standings: &'r HashMap<TaskId, Standing>,
    /// Tasks whose text changed since they ran.
    pub(in super::super) changed: &'r HashSet<TaskId>,
    /// The success criteria.
    pub(in super::super) criteria: Vec<CriterionReport>,
    /// It was told to stop.
    pub(in super::super) interrupted: bool,
}

/// The report.
pub(in super::super) fn compute(basis: Basis<'_>) -> Report {
    let (started_at, ended_at) = basis.times;
    let seen = in_order(&basis);
    let tasks: Vec<TaskReport> = seen.iter().map(|seen| task(seen, &basis)).collect();
    let stops: Vec<Stop<'_>> = seen
        .iter()
        .map(|seen| Stop {
            id: seen.task.id(),
            needs: seen.task.spec.needs.iter().map(|need| &need.task).collect(),
            work: seen.work,
        })
        .collect();
    let wall_seconds = ended_at.since(started_at).as_secs_f64();
    let work_seconds = seen.iter().map(|seen| seen.work_now.as_secs_f64()).sum();
    let problems = problems(&seen, &basis);
    let outcome = match (basis.interrupted, problems.is_empty()) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Done,
        (false, false) => Outcome::Failed,
    };
    Report {
        plan: basis.plan.0.to_owned(),
        objective: basis.plan.1.to_owned(),
        outcome,
        started_at,
        ended_at,
        wall_seconds,
        work_seconds,
        parallelism: if wall_seconds > 0.0 { work_seconds / wall_seconds } else { 0.0 },
        counts: counts(&seen, &basis),
        critical_path: critical_path(&stops),
        tasks,
        criteria: basis.criteria,
        problems,
    }
}

/// The plan's tasks, then those that were added, by age.
fn in_order<'r>(basis: &Basis<'r>) -> Vec<&'r Seen> {
    let planned: HashSet<&TaskId> = basis.wanted.iter().map(|new| &new.id).collect();
    let mut all: Vec<&Seen> =
        basis.wanted.iter().filter_map(|new| basis.board.get(&new.id)).collect();
    let added = |seen: &&Seen| !planned.contains(seen.task.id()) && is_of_now(seen, basis);
    let mut others: Vec<&Seen> = basis.board.all().filter(added).collect();
    others.sort_by_key(|seen| seen.task.score.seq);
    all.extend(others);
    all
}

/// Whether a task that is not in the plan had a part in this run: a task that was dropped
/// from the plan long ago has none.
fn is_of_now(seen: &Seen, basis: &Basis<'_>) -> bool {
    let ended_before = seen.task.ended_at.is_some_and(|at| at < basis.times.0);
    !ended_before
}

fn standing<'r>(seen: &Seen, basis: &Basis<'r>) -> Option<&'r Standing> {
    basis.standings.get(seen.task.id())
}

fn task(seen: &Seen, basis: &Basis<'_>) -> TaskReport {
    let standing = standing(seen, basis);
    let state = match standing {
        Some(Standing::Blocked(_)) => "blocked",
        Some(Standing::Skipped) => "skipped",
        _ => match seen.task.pending() {
            Some(Pending::Ready) => "ready",
            Some(Pending::Due) => "due",
            Some(Pending::Blocked) => "blocked",
            _ => seen.task.state.name(),
        },
    };
    let reason = match standing {
        Some(Standing::Blocked(root)) => Some(format!("waits for {root}")),
        Some(Standing::Unserved) => Some("no agent of this run takes it".to_owned()),
        _ => None,
    };
    let ended_well = matches!(standing, Some(Standing::Done | Standing::Skipped));
    let error = seen.task.errors.last().filter(|_| !ended_well);
    TaskReport {
        id: seen.task.id().clone(),
        title: seen.task.spec.title.clone(),
        state,
        attempts: seen.task.attempt,
        wait_seconds: seen.wait.as_secs_f64(),
        work_seconds: seen.work.as_secs_f64(),
        agent: seen.agent.as_ref().map(ToString::to_string),
        error: error.map(|entry| cause(&entry.failure)),
        reason,
        before: is_before(seen, basis),
        changed: basis.changed.contains(seen.task.id()),
    }
}

fn is_before(seen: &Seen, basis: &Basis<'_>) -> bool {
    let done = seen.task.state == TaskState::Done;
    done && seen.task.ended_at.is_some_and(|at| at < basis.times.0)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn counts(seen: &[&Seen], basis: &Basis<'_>) -> Counts {
    let mut counts = Counts { total: seen.len(), ..Counts::default() };
    for seen in seen {
        *match standing(seen, basis) {
            Some(Standing::Done) => &mut counts.done,
            Some(Standing::Failed) => &mut counts.failed,
            Some(Standing::Skipped) => &mut counts.skipped,
            Some(Standing::Cancelled) => &mut counts.cancelled,
            _ => &mut counts.open,
        } += 1;
        counts.done_before += usize::from(is_before(seen, basis));
    }
    counts
}

fn tasks(count: usize) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// Why it did not end well, a sentence for each cause.
fn problems(seen: &[&Seen], basis: &Basis<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut blocked: BTreeMap<&TaskId, usize> = BTreeMap::new();
    for seen in seen {
        let (id, state) = (seen.task.id(), seen.task.state);
        match standing(seen, basis) {
            Some(Standing::Failed) => {
                let error = seen.task.errors.last().map(|entry| cause(&entry.failure));
                problems.push(format!("task {id} failed: {}", error.unwrap_or_default()));
            }
            Some(Standing::Cancelled) => problems.push(format!("task {id} was cancelled")),
            Some(Standing::Waits) => {
                let wait =
                    if state == TaskState::Review { "waits for a review" } else { "is set aside" };
                problems.push(format!("task {id} {wait} ({state})"));
            }
            Some(Standing::Unserved) => {
                problems.push(format!("no agent of this run takes task {id}"));
            }
            Some(Standing::Live) if !basis.interrupted => {
                problems.push(format!("task {id} came too late for this run; run again"));
            }
            Some(Standing::Blocked(root)) => *blocked.entry(root).or_default() += 1,
            _ => {}
        }
    }
    for (root, count) in blocked {
        let state = basis.board.get(root).map(|seen| seen.task.state.name());
        let (count, state) = (tasks(count), state.unwrap_or("missing"));
        problems.push(format!("{count} blocked by {state} task {root}"));
    }
    let failed = basis.criteria.iter().filter(|criterion| criterion.result == Checked::Failed);
    problems.extend(failed.map(|criterion| {
        let detail = criterion.detail.as_deref().map(first_line).unwrap_or_default();
        format!("criterion {:?} does not hold: {detail}", criterion.name)
    }));
    problems
}

#[cfg(test)]
mod tests;
