//! One changed task: its events go to the log as they are applied, its record is written
//! once at the end.

use popkit_protocol::{Change, Cursor, Task, TaskEvent, Timestamp};

use super::{Stand, Tables};
use crate::{Error, ErrorKind, Result};

pub(super) struct Draft {
    pub(super) task: Task,
    before: Stand,
}

impl Draft {
    pub(super) fn new(task: Task) -> Self {
        Self { before: Stand::of(&task), task }
    }

    /// Applies a change and logs it.
    pub(super) fn record<T: Tables + ?Sized>(
        &mut self,
        tables: &mut T,
        now: Timestamp,
        change: Change,
    ) -> Result<()> {
        let (id, number) = (self.task.id().clone(), self.task.revision + 1);
        let event = TaskEvent::new((Cursor::START, now), (id, number), change);
        self.task.apply(&event).map_err(|error| {
            // Callers check what they ask for; a refusal here is a defect of the engine.
            Error::new(ErrorKind::Unexpected, error.to_string()).with_source(error)
        })?;
        tables.append(self.task.score.seq, event)
    }

    /// Writes the record.
    pub(super) fn save<T: Tables + ?Sized>(self, tables: &mut T) -> Result<Task> {
        tables.replace(&self.before, &self.task)?;
        Ok(self.task)
    }
}
