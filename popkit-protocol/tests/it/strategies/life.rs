use std::sync::Arc;

use popkit_protocol::{Change, Cursor, NewTask, Score, Task, TaskEvent, Timestamp};
use proptest::prelude::*;

use super::{change, new_task, score};

/// A task, the events that made it, and the changes that it refused on the way.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) log: Vec<TaskEvent>,
    pub(crate) task: Task,
    pub(crate) refused: Vec<Change>,
}

impl Life {
    fn new(spec: NewTask, score: Score, open: u32, at: Timestamp) -> Self {
        let spec = Arc::new(spec);
        let task = Task::inserted(Arc::clone(&spec), score, open, at);
        let change = Change::Inserted { spec, score, open };
        let first = TaskEvent::new((Cursor::from_number(1), at), (task.id().clone(), 1), change);
        Self { log: vec![first], task, refused: Vec::new() }
    }

    /// The task after this change; a change that the task refuses must leave it alone.
    fn live(&mut self, change: Change) {
        let number = self.task.revision + 1;
        // Cursors grow by more than one: other tasks write to the same log.
        let place = (Cursor::from_number(number * 7), Timestamp::from_millis(number));
        let event = TaskEvent::new(place, (self.task.id().clone(), number), change);
        let before = self.task.clone();
        if self.task.apply(&event).is_ok() {
            self.log.push(event);
        } else {
            assert_eq!(self.task, before, "a refused change left a trace");
            self.refused.push(event.change);
        }
    }
}

/// A life: any changes, of which those take effect that the task accepts.
pub(crate) fn life() -> impl Strategy<Value = Life> {
    let changes = prop::collection::vec(change(), 0..40);
    (new_task(), score(), 0..5_u32, changes).prop_map(|(spec, score, open, changes)| {
        let mut life = Life::new(spec, score, open, Timestamp::from_millis(1));
        for change in changes {
            life.live(change);
        }
        life
    })
}
