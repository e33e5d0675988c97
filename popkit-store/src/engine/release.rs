//! Following the edges of a task that ended.

use popkit_protocol::{
    Actor, Change, EdgePolicy, Pending, Task, TaskId, TaskState, Timestamp, Trigger, limits,
    task::transition,
};

use super::Tables;
use super::write::Draft;
use crate::Result;

/// A task that ended, as its dependants see it.
pub(super) struct Ended {
    seq: u64,
    id: TaskId,
    well: bool,
}

impl Ended {
    pub(super) fn of(task: &Task) -> Self {
        Self { seq: task.score.seq, id: task.id().clone(), well: task.state == TaskState::Done }
    }
}

/// Follows the edges of a parent that ended, and those of dependants that are cancelled by
/// it, up to [`limits::RELEASES`] in all; what is left is deferred.
pub(super) fn release<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    ended: Ended,
) -> Result<()> {
    let mut budget = limits::RELEASES;
    follow_all(tables, now, vec![ended], &mut budget)
}

/// Goes on where an earlier release was cut short.
pub(super) fn continue_releases<T: Tables + ?Sized>(tables: &mut T, now: Timestamp) -> Result<()> {
    let mut budget = limits::RELEASES;
    while budget > 0 {
        let Some(seq) = tables.deferred()? else { break };
        tables.undefer(seq)?;
        // A parent that was requeued meanwhile will be released when it ends again.
        if let Some(task) = tables.by_seq(seq)?.filter(|task| task.state.is_terminal()) {
            follow_all(tables, now, vec![Ended::of(&task)], &mut budget)?;
        }
    }
    Ok(())
}

fn follow_all<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    mut queue: Vec<Ended>,
    budget: &mut usize,
) -> Result<()> {
    while let Some(parent) = queue.pop() {
        let edges = tables.edges(parent.seq, parent.well, budget.saturating_add(1))?;
        let more = edges.len() > *budget;
        for (child, policy) in edges.into_iter().take(*budget) {
            *budget -= 1;
            tables.unlink(parent.seq, child)?;
            if let Some(cancelled) = follow(tables, now, &parent, (child, policy))? {
                queue.push(cancelled);
            }
        }
        if more {
            tables.defer(parent.seq)?;
        }
    }
    Ok(())
}

/// Follows one edge; answers with the child where that cancelled it.
fn follow<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    parent: &Ended,
    (child, policy): (u64, EdgePolicy),
) -> Result<Option<Ended>> {
    let Some(task) = tables.by_seq(child)?.filter(|task| !task.state.is_terminal()) else {
        return Ok(None);
    };
    let mut draft = Draft::new(task);
    let cancels = match policy {
        EdgePolicy::Run => parent.well,
        EdgePolicy::Cancel => !parent.well,
        _ => false,
    };
    if cancels && transition(draft.task.state, Trigger::Cancel).is_ok() {
        let by = Actor::Parent(parent.id.clone());
        draft.record(tables, now, Change::Cancelled { by, reason: None })?;
        return draft.save(tables).map(|task| Some(Ended::of(&task)));
    }
    let open = draft.task.open_parents.saturating_sub(1);
    draft.record(tables, now, Change::ParentEnded { parent: parent.id.clone(), open })?;
    let late = draft.task.due_at.is_some_and(|due| due <= now);
    if late && draft.task.pending() == Some(Pending::Due) {
        draft.record(tables, now, Change::Promoted)?;
    }
    draft.save(tables)?;
    Ok(None)
}
