//! Tasks that an earlier run still holds when this one begins, because their leases are long.

use std::collections::HashSet;

use popkit_protocol::{Change, FailCause, Task, TaskEvent, TaskId};
use popkit_store::{Action, ChangeRequest, ErrorKind, Result, TaskStore};

use super::apply::BY;

/// The plan's tasks that were held before the run began. One whose last attempt ends with the
/// lease says nothing about the task: it is tried again, once.
#[derive(Debug, Default)]
pub(in super::super) struct Orphans {
    held: HashSet<TaskId>,
    lost: Vec<TaskId>,
}

impl Orphans {
    /// Those of these tasks that bear the plan's tag.
    pub(in super::super) fn of(stored: &[Task], tag: &str) -> Self {
        let held = stored.iter().filter(|task| task.hold.is_some());
        let held = held.filter(|task| task.spec.tags.iter().any(|own| own == tag));
        Self { held: held.map(|task| task.id().clone()).collect(), lost: Vec::new() }
    }

    /// Takes notice of what happened.
    pub(in super::super) fn note(&mut self, event: &TaskEvent) {
        match &event.change {
            Change::Failed { cause: FailCause::Abandoned, .. } if self.held.remove(&event.task) => {
                self.lost.push(event.task.clone());
            }
            // Held anew, it is held by this run.
            Change::Claimed { .. } => {
                self.held.remove(&event.task);
            }
            _ => {}
        }
    }

    /// Puts back what was lost.
    ///
    /// # Errors
    ///
    /// What the store says; the rest is tried by the next call.
    pub(in super::super) async fn restore(&mut self, store: &dyn TaskStore) -> Result<()> {
        while let Some(id) = self.lost.last() {
            let change = ChangeRequest::new(id.clone(), Action::Requeue, BY);
            match store.change(change).await {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::IllegalTransition => {}
                other => drop(other?),
            }
            self.lost.pop();
        }
        Ok(())
    }

    /// Whether something waits for [`restore`](Self::restore).
    pub(in super::super) fn is_waiting(&self) -> bool {
        !self.lost.is_empty()
    }
}

#[cfg(test)]
mod tests;
