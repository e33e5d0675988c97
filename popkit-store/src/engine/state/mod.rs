//! The whole of a store as maps: the memory backend's data, and the model that other
//! backends are compared with.

pub(crate) mod lanes;
mod read;
mod restore;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use popkit_protocol::{
    EdgePolicy, HolderId, Need, Task, TaskEvent, TaskId, Timestamp, UniqueKey, limits,
};

use self::lanes::LaneBook;
use super::Replay;
use crate::TaskCounts;

/// All tasks, indexes and events of one store, in memory.
///
/// Run the engine's functions over it: they never fail half-way on this form, so an error
/// leaves it unchanged.
///
/// ```
/// use popkit_protocol::{NewTask, ScoreMode, Timestamp};
/// use popkit_store::engine::{EngineState, insert};
///
/// let mut state = EngineState::new();
/// let task = NewTask::new("a".try_into()?, "build".try_into()?);
/// insert(&mut state, Timestamp::EPOCH, ScoreMode::Strict, vec![task])?;
/// assert_eq!(state.counts(false).ready, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EngineState {
    next_seq: u64,
    next_cursor: u64,
    ids: HashMap<TaskId, u64>,
    tasks: BTreeMap<u64, Entry>,
    lanes: LaneBook,
    timers: BTreeSet<(Timestamp, u64)>,
    deferred: BTreeSet<u64>,
    unique: HashMap<UniqueKey, u64>,
    replays: HashMap<(HolderId, u32), Replay>,
    replays_kept: usize,
    log: BTreeMap<u64, TaskEvent>,
    counts: TaskCounts,
    readied: Vec<u32>,
    /// While restoring: the edges that are open, by child; parents may come later.
    restoring: HashMap<u64, Vec<Need>>,
}

#[derive(Debug)]
struct Entry {
    task: Task,
    children: BTreeMap<u64, EdgePolicy>,
    events: Vec<u64>,
}

impl EngineState {
    /// An empty store with the default limit of lanes.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_lanes(limits::LANES)
    }

    /// An empty store with this limit of lanes.
    #[must_use]
    pub fn with_max_lanes(max: usize) -> Self {
        Self {
            next_seq: 1,
            next_cursor: 1,
            ids: HashMap::new(),
            tasks: BTreeMap::new(),
            lanes: LaneBook::new(max),
            timers: BTreeSet::new(),
            deferred: BTreeSet::new(),
            unique: HashMap::new(),
            replays: HashMap::new(),
            replays_kept: 0,
            log: BTreeMap::new(),
            counts: TaskCounts::default(),
            readied: Vec::new(),
            restoring: HashMap::new(),
        }
    }
}

impl Default for EngineState {
    fn default() -> Self {
        Self::new()
    }
}
