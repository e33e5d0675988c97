//! The keys of the tasks.

/// The keys of one session's tasks. Scripts are given `tasks` alone and make the others of it,
/// all with the same tag. Ids of tasks are fields and members, never part of a key.
///
/// | Key | Type | Holds |
/// |---|---|---|
/// | `tasks` | hash | nearly everything: see `base.lua` |
/// | `q:N` | zset | the ready tasks of lane N, by score |
/// | `timers` | zset | due tasks and leases, by time; behind them ended tasks |
/// | `lanes` | hash | the lane registry |
/// | `edges` | zset | dependants, by parent |
/// | `cut` | zset | parents whose edges are still to be followed |
/// | `order` | zset | tasks in the order of insertion |
/// | `slots` | zset | slots whose last reply is kept, by time |
/// | `wait` | zset | parked agents, by lane |
/// | `park` | hash | what a parked agent wants |
/// | `in:HANDLE` | list | what a handle's parked agents are told |
/// | `view` | string | how far the names of the autonomous system are written |
#[derive(Debug)]
pub(super) struct TaskKeys {
    prefix: String,
    tasks: String,
}

impl TaskKeys {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), tasks: format!("{prefix}tasks") }
    }

    /// The key that stands for all: they lie in one slot.
    pub(super) fn tasks(&self) -> &str {
        &self.tasks
    }

    /// Another key of the session.
    pub(super) fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
