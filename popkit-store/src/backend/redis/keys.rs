//! The keys of the tasks.

/// The keys of one session's tasks. Scripts are given `meta` alone and make the others of it,
/// all with the same tag. Ids of tasks are fields and members, never part of a key.
///
/// | Key | Type | Holds |
/// |---|---|---|
/// | `meta` | hash | the store's time, numbers, counts, who is parked, the last reply of each slot |
/// | `st` | hash | a task's state, by id: see `base.lua` |
/// | `spec` | hash | what was asked for, by id; never rewritten |
/// | `q:N` | zset | the ready tasks of lane N, by score |
/// | `heads` | string | of each lane the lowest score and how many tasks are open, 37 bytes each |
/// | `timers` | zset | due tasks and leases, by time; behind them ended tasks |
/// | `ev` | stream | the log; an entry's id is its cursor |
/// | `lanes` | hash | the lane registry |
/// | `edges` | zset | dependants, by parent |
/// | `cut` | zset | parents whose edges are still to be followed |
/// | `uniq` | hash | the open task of a unique key |
/// | `more` | hash | checkpoints, results, failures, progress |
/// | `order` | zset | tasks in the order of insertion |
/// | `wait` | zset | parked agents, by lane |
/// | `park` | hash | what a parked agent wants |
/// | `in:HANDLE` | list | what a handle's parked agents are told |
#[derive(Debug)]
pub(super) struct TaskKeys {
    prefix: String,
    meta: String,
}

impl TaskKeys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), meta: format!("{prefix}meta") }
    }

    /// The key that stands for all: they lie in one slot.
    pub(super) fn meta(&self) -> &str {
        &self.meta
    }

    /// Another key of the session.
    pub(super) fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
