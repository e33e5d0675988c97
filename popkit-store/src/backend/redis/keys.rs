//! The keys of the tasks.

use popkit_redis::Invocation;

/// The kinds of data of a session's tasks, a key each, in the order in which scripts get them.
/// Ids of tasks are fields and members, never part of a key.
///
/// | Key | Type | Holds |
/// |---|---|---|
/// | `meta` | hash | the store's time, numbers, counts, who is parked, the last reply of each slot |
/// | `st` | hash | a task's state, by id |
/// | `spec` | hash | what was asked for, by id; never rewritten |
/// | `heads` | string | of each lane the lowest score and how many tasks are open, 37 bytes each |
/// | `timers` | zset | due tasks and leases, by time; far behind them ended tasks |
/// | `ev` | stream | the log; an entry's id is its cursor |
/// | `lanes` | hash | the lane registry |
/// | `edges` | zset | dependants, by parent |
/// | `cut` | zset | parents whose edges are still to be followed |
/// | `uniq` | hash | the open task of a unique key |
/// | `more` | hash | checkpoints, results, failures, progress |
/// | `order` | zset | tasks in the order of insertion |
/// | `wait` | zset | parked agents, by lane |
/// | `park` | hash | what a parked agent wants |
///
/// Besides, the ready tasks of lane N stand in `q:N` (zset, by score), and what a handle's parked
/// agents are told in `in:HANDLE` (list); scripts make these names of the first key.
const NAMES: [&str; 14] = [
    "meta", "st", "spec", "heads", "timers", "ev", "lanes", "edges", "cut", "uniq", "more",
    "order", "wait", "park",
];

/// The keys of one session's tasks.
#[derive(Debug)]
pub(super) struct TaskKeys {
    prefix: String,
    names: Vec<String>,
}

impl TaskKeys {
    pub(super) fn new(prefix: &str) -> Self {
        let names = NAMES.map(|name| format!("{prefix}{name}")).to_vec();
        Self { prefix: prefix.to_owned(), names }
    }

    /// The key that stands for all: they lie in one slot.
    pub(super) fn meta(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// One more key of the session.
    pub(super) fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A call with all keys.
    pub(super) fn call(&self) -> Invocation {
        Invocation::new().keys(self.names.iter().map(String::as_str))
    }
}
