//! The keys of the tasks.

use bytes::Bytes;

/// What is given besides `tasks` where scripts must declare their keys. Behind it come the channel
/// of hints and the queues of the lanes. Scripts find these, and the first, by their place.
const GIVEN: [&str; 9] =
    ["wake", "timers", "lanes", "edges", "cut", "order", "slots", "wait", "park"];

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
/// | `wake` | stream | lanes that can be claimed from, for those who poll (REST) |
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

    /// All that a script may touch where it must be told before, with so many lanes. Inboxes
    /// are not among them: nobody is told anything there over such a wire. `hints` is the channel
    /// on which those who poll are told that there is something, if they listen.
    pub(super) fn all(&self, hints: Option<&str>, lanes: usize) -> Vec<Bytes> {
        let hints = hints.map_or_else(|| self.of("none"), str::to_owned);
        let given = GIVEN.iter().map(|name| self.of(name)).chain([hints]);
        let queues = (0..lanes).map(|lane| self.of(&format!("q:{lane:04}")));
        let keys = std::iter::once(self.tasks.clone()).chain(given).chain(queues);
        keys.map(Bytes::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn scripts() -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/redis/tasks/script");
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    #[test]
    fn every_key_that_a_script_makes_is_among_those_that_are_given() {
        let scripts = scripts();
        let behind = |lead| scripts.split(lead).skip(1);
        let parts = behind("BASE .. '").chain(behind("base .. '"));
        let made: BTreeSet<&str> = parts.filter_map(|rest| rest.split('\'').next()).collect();
        // The stream of wake-ups is found by its place, and no inbox is written to.
        let given = GIVEN.into_iter().filter(|name| *name != "wake");
        assert_eq!(made, given.chain(["q:", "in:"]).collect());
    }

    #[test]
    fn scripts_know_how_many_keys_come_before_the_queues() {
        let keys = TaskKeys::new("pop:{a.t}:");
        let all = keys.all(None, 2);
        assert_eq!((&all[1][..], &all[10][..]), (&b"pop:{a.t}:wake"[..], &b"pop:{a.t}:none"[..]));
        assert_eq!(all[11..], ["pop:{a.t}:q:0000", "pop:{a.t}:q:0001"]);
        assert_eq!(keys.all(Some("pop:{a}:wake"), 0)[10..], ["pop:{a}:wake"]);
        let scripts = scripts();
        assert_eq!(scripts.matches("#KEYS - 11").count(), 3);
        assert_eq!(scripts.matches("#KEYS").count(), 3);
    }
}
