//! Stores full of tasks.

use std::path::Path;

use popkit_protocol::{AgentId, Kinds, NewTask, Priority, Profile, RandomIds, TaskId, TaskKind};
use popkit_store::{Durability, Opened, SqliteOptions, TaskStore, TaskStoreExt as _};

use crate::Failure;

/// A queue as a bench wants it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Lanes that the agents serve; tasks are spread over them.
    pub lanes: usize,
    /// Tasks that stand ready while it is measured.
    pub backlog: usize,
    /// Tasks ahead of all others that no agent here can take.
    pub unclaimable: usize,
}

impl Shape {
    /// A queue in which there is just enough to do, in one lane.
    pub const EMPTY: Self = Self { lanes: 1, backlog: 64, unclaimable: 0 };
}

/// The kind of tasks in lane number `lane`.
fn kind(lane: usize) -> Result<TaskKind, Failure> {
    Ok(TaskKind::new(format!("kind-{lane}"))?)
}

/// An agent that serves all lanes.
///
/// # Errors
///
/// None but those of names.
pub fn profile(lanes: usize) -> Result<Profile, Failure> {
    let kinds = (0..lanes).map(kind).collect::<Result<_, _>>()?;
    Ok(Profile::new(AgentId::new("agent-1")?, Kinds::Only(kinds), []))
}

/// Inserts `count` tasks, spread over the lanes, with priorities 1 to 10.
///
/// # Errors
///
/// Those of the store.
pub async fn add(store: &dyn TaskStore, lanes: usize, count: usize) -> Result<(), Failure> {
    let mut left = count;
    while left > 0 {
        let some = left.min(5_000);
        let tasks = (0..some).map(|i| new_task(kind(i % lanes)?, u8::try_from(1 + i % 10)?));
        store.insert_many(tasks.collect::<Result<_, Failure>>()?).await?;
        left -= some;
    }
    Ok(())
}

fn new_task(kind: TaskKind, priority: u8) -> Result<NewTask, Failure> {
    use popkit_protocol::IdSource as _;
    let id: TaskId = RandomIds.task_id();
    Ok(NewTask::new(id, kind).with_title("a task").with_priority(Priority::raw(priority)))
}

/// Fills an empty store.
///
/// # Errors
///
/// Those of the store.
pub async fn fill(store: &dyn TaskStore, shape: Shape) -> Result<(), Failure> {
    let mut left = shape.unclaimable;
    while left > 0 {
        let some = left.min(5_000);
        let tasks = (0..some).map(|_| new_task(TaskKind::new("nobody-does-this")?, 200));
        store.insert_many(tasks.collect::<Result<_, Failure>>()?).await?;
        left -= some;
    }
    add(store, shape.lanes, shape.backlog).await
}

/// Opens a SQLite store in `folder`.
///
/// # Errors
///
/// Those of opening.
pub async fn sqlite(folder: &Path, durability: Durability) -> Result<Opened, Failure> {
    let file = folder.join("tasks.db");
    let store = SqliteOptions::new(file).durability(durability).max_lanes(128).open().await?;
    Ok(Opened::of(&store))
}
