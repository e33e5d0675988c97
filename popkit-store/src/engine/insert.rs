//! Accepting a batch of tasks.

use std::collections::HashMap;
use std::sync::Arc;

use popkit_protocol::{
    Actor, Change, Cursor, EdgePolicy, Need, NewTask, Requirement, ScoreMode, Task, TaskEvent,
    TaskId, TaskState, Timestamp, limits,
};

use super::Tables;
use super::release::{Ended, release};
use super::write::Draft;
use crate::{Error, ErrorKind, Inserted, Result};

/// Checks what can be checked without the store: sizes, and cycles within the batch.
///
/// # Errors
///
/// `InvalidInput` with the task and the rule, or with the whole cycle.
pub fn check_insert(batch: &[NewTask]) -> Result<()> {
    if batch.len() > limits::BATCH {
        let message = format!("{} tasks in one batch; the limit is {}", batch.len(), limits::BATCH);
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    for task in batch {
        limits::check_new_task(task).map_err(|e| Error::from(e).with("task", &task.id))?;
    }
    match cycle(batch) {
        None => Ok(()),
        Some(path) => {
            let path: Vec<&str> = path.iter().map(|id| id.as_str()).collect();
            let message = format!("these tasks wait for each other: {}", path.join(" -> "));
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

/// Finds a cycle and names it from a task back to itself, each needing the next.
fn cycle(batch: &[NewTask]) -> Option<Vec<&TaskId>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Closed,
    }
    // Of twins the first is the one that is taken; it comes last here and stays.
    let index: HashMap<&TaskId, usize> =
        batch.iter().enumerate().rev().map(|(i, t)| (&t.id, i)).collect();
    let mut seen = vec![Seen::No; batch.len()];
    for start in 0..batch.len() {
        // A stack of (task, next need to look at), instead of recursion: a chain of ten
        // thousand tasks must not overflow.
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let (task, state) = (batch.get(*at)?, seen.get_mut(*at)?);
            if *state == Seen::Closed {
                path.pop();
                continue;
            }
            *state = Seen::Open;
            let Some(need) = task.needs.get(*next) else {
                *state = Seen::Closed;
                path.pop();
                continue;
            };
            *next += 1;
            let Some(&parent) = index.get(&need.task) else { continue };
            match seen.get(parent)? {
                Seen::Closed => {}
                Seen::No => path.push((parent, 0)),
                Seen::Open => {
                    let from = path.iter().position(|(i, _)| *i == parent)?;
                    let names = path.iter().skip(from).map(|(i, _)| *i).chain([parent]);
                    return names.map(|i| batch.get(i).map(|t| &t.id)).collect();
                }
            }
        }
    }
    None
}

/// One task of the batch that is really new, with the edges it will have.
struct Fresh {
    spec: Arc<NewTask>,
    edges: Vec<(Parent, EdgePolicy)>,
    /// Parents that ended already, in a way that cancels the task.
    cancelled_by: Option<TaskId>,
}

enum Parent {
    Stored(u64),
    /// A place among the fresh ones.
    Fresh(usize),
}

/// Accepts a batch that passed [`check_insert`].
///
/// # Errors
///
/// `InvalidInput` for a parent that does not exist; `Full` for too many lanes; whatever the
/// tables say.
pub fn insert<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    mode: ScoreMode,
    batch: Vec<NewTask>,
) -> Result<Vec<Inserted>> {
    let (answers, fresh) = sort_out(tables, batch)?;
    // First what can be refused: nothing may be written before it.
    let mut last: Option<Requirement> = None;
    for new in &fresh {
        let requirement = new.spec.requirement();
        if last.as_ref() != Some(&requirement) {
            tables.register(&requirement)?;
            last = Some(requirement);
        }
    }
    let first = tables.reserve(fresh.len() as u64)?;
    for (seq, new) in (first..).zip(&fresh) {
        let score = mode.score(new.spec.priority, now, seq);
        let open = u32::try_from(new.edges.len()).unwrap_or(u32::MAX);
        let task = Task::inserted(Arc::clone(&new.spec), score, open, now);
        tables.create(&task)?;
        let change = Change::Inserted { spec: Arc::clone(&new.spec), score, open };
        tables
            .append(seq, TaskEvent::new((Cursor::START, now), (new.spec.id.clone(), 1), change))?;
    }
    // Edges once all tasks are there: a task may need one that comes after it in the batch.
    for (seq, new) in (first..).zip(&fresh) {
        for (parent, policy) in &new.edges {
            let parent = match parent {
                Parent::Stored(seq) => *seq,
                Parent::Fresh(place) => first + *place as u64,
            };
            tables.link(parent, seq, *policy)?;
        }
    }
    for (seq, new) in (first..).zip(&fresh) {
        let Some(parent) = &new.cancelled_by else { continue };
        // Read again: the cancellation of another task of the batch may have come here.
        let Some(task) = tables.by_seq(seq)?.filter(|task| !task.state.is_terminal()) else {
            continue;
        };
        let mut draft = Draft::new(task);
        let by = Actor::Parent(parent.clone());
        draft.record(tables, now, Change::Cancelled { by, reason: None })?;
        let task = draft.save(tables)?;
        release(tables, now, Ended::of(&task))?;
    }
    Ok(answers)
}

/// Separates duplicates from new tasks and resolves every parent.
fn sort_out<T: Tables + ?Sized>(
    tables: &mut T,
    batch: Vec<NewTask>,
) -> Result<(Vec<Inserted>, Vec<Fresh>)> {
    let mut answers = Vec::with_capacity(batch.len());
    let mut fresh: Vec<NewTask> = Vec::with_capacity(batch.len());
    let mut places: HashMap<TaskId, usize> = HashMap::with_capacity(batch.len());
    let mut keys = HashMap::new();
    for task in batch {
        let twin = if places.contains_key(&task.id) || tables.find(&task.id)?.is_some() {
            Some(task.id.clone())
        } else if let Some(key) = &task.unique {
            match keys.get(key) {
                Some(id) => Some(TaskId::clone(id)),
                None => tables.open_with(key)?,
            }
        } else {
            None
        };
        if let Some(id) = twin {
            answers.push(Inserted::Duplicate(id));
            continue;
        }
        if let Some(key) = &task.unique {
            keys.insert(key.clone(), task.id.clone());
        }
        answers.push(Inserted::Created(task.id.clone()));
        places.insert(task.id.clone(), fresh.len());
        fresh.push(task);
    }
    let mut resolved = Vec::with_capacity(fresh.len());
    for task in fresh {
        let mut new = Fresh { spec: Arc::new(task), edges: Vec::new(), cancelled_by: None };
        let spec = Arc::clone(&new.spec);
        for need in &spec.needs {
            match places.get(&need.task) {
                Some(place) => new.edges.push((Parent::Fresh(*place), need.on_failure)),
                None => stored_parent(tables, &mut new, need)?,
            }
        }
        resolved.push(new);
    }
    Ok((answers, resolved))
}

fn stored_parent<T: Tables + ?Sized>(tables: &mut T, new: &mut Fresh, need: &Need) -> Result<()> {
    let Some(parent) = tables.find(&need.task)? else {
        let message = format!("task {} needs {}, which does not exist", new.spec.id, need.task);
        return Err(Error::new(ErrorKind::InvalidInput, message));
    };
    let well = parent.state == TaskState::Done;
    match (need.on_failure, parent.state.is_terminal()) {
        (EdgePolicy::Run, true) if well => new.cancelled_by = Some(need.task.clone()),
        (EdgePolicy::Cancel, true) if !well => new.cancelled_by = Some(need.task.clone()),
        // A dead letter may be requeued, so the edge is kept.
        (EdgePolicy::Block, true) if !well => {
            new.edges.push((Parent::Stored(parent.score.seq), need.on_failure));
        }
        (_, true) => {}
        (_, false) => new.edges.push((Parent::Stored(parent.score.seq), need.on_failure)),
    }
    Ok(())
}
