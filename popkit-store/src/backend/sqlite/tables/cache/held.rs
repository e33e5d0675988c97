//! Tasks that are held, and the last answers of slots: what the next call of the same agent
//! asks for.

use std::collections::HashMap;

use popkit_protocol::{HolderId, Task, TaskId};

use crate::engine::Replay;

/// The most of each; more agents than that are served from the tables.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Held {
    tasks: HashMap<TaskId, Task>,
    replays: HashMap<(HolderId, u32), Replay>,
}

impl Held {
    pub(in crate::backend::sqlite) fn task(&self, id: &TaskId) -> Option<Task> {
        self.tasks.get(id).cloned()
    }

    /// Keeps a held task as it was just written, unless it carries more than its spec, which
    /// may be large; drops any other.
    pub(in crate::backend::sqlite) fn saw(&mut self, task: &Task, small: bool) {
        if task.hold.is_none() || !small {
            self.tasks.remove(task.id());
            return;
        }
        match self.tasks.get_mut(task.id()) {
            Some(kept) => kept.clone_from(task),
            None => {
                if self.tasks.len() >= MOST {
                    self.tasks.clear();
                }
                self.tasks.insert(task.id().clone(), task.clone());
            }
        }
    }

    pub(in crate::backend::sqlite) fn replay(&self, slot: (HolderId, u32)) -> Option<Replay> {
        self.replays.get(&slot).cloned()
    }

    pub(in crate::backend::sqlite) fn answered(&mut self, slot: (HolderId, u32), kept: Replay) {
        if self.replays.len() >= MOST {
            self.replays.clear();
        }
        self.replays.insert(slot, kept);
    }

    pub(in crate::backend::sqlite) fn clear(&mut self) {
        self.tasks.clear();
        self.replays.clear();
    }
}
