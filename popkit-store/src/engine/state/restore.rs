//! Rebuilding the maps from the log.

use std::sync::Arc;

use popkit_protocol::{Change, EdgePolicy, Need, NewTask, Task, TaskEvent, TaskState};

use super::EngineState;
use crate::engine::{Stand, Tables as _};
use crate::{Error, ErrorKind, Result};

impl EngineState {
    /// Replays one event, as an earlier run logged it, in the order of their cursors.
    ///
    /// Leases come back with the deadline they were claimed with: renewals are not logged,
    /// so a live holder renews within a third of its lease or is rescued.
    ///
    /// # Errors
    ///
    /// `Corrupt` where the event does not fit what was replayed so far.
    pub fn restore(&mut self, event: TaskEvent) -> Result<()> {
        let corrupt = |text: String| Error::new(ErrorKind::Corrupt, text);
        if event.cursor.number() < self.next_cursor {
            let message = format!("event {} comes after a later one", event.cursor);
            return Err(corrupt(message));
        }
        let seq = match &event.change {
            Change::Inserted { spec, score, open } => {
                if self.ids.contains_key(&event.task) {
                    return Err(corrupt(format!("task {} is inserted twice", event.task)));
                }
                self.register(&spec.requirement())?;
                let task = Task::inserted(Arc::clone(spec), *score, *open, event.at);
                let edges = self.edges_at_first(spec);
                if !edges.is_empty() {
                    self.restoring.insert(score.seq, edges);
                }
                self.create(&task)?;
                self.next_seq = self.next_seq.max(score.seq + 1);
                score.seq
            }
            change => self.reapply(&event, change)?,
        };
        self.next_cursor = event.cursor.number();
        self.append(seq, event)
    }

    /// Takes up the edges of restored tasks: call it once, after the last event.
    pub fn finish_restore(&mut self) {
        for (child, needs) in std::mem::take(&mut self.restoring) {
            if self.tasks.get(&child).is_none_or(|entry| entry.task.state.is_terminal()) {
                continue;
            }
            for Need { task, on_failure, .. } in needs {
                let Some(parent) = self.ids.get(&task).copied() else { continue };
                let Some(entry) = self.tasks.get_mut(&parent) else { continue };
                entry.children.insert(child, on_failure);
                let blocks = on_failure == EdgePolicy::Block && entry.task.state != TaskState::Done;
                if entry.task.state.is_terminal() && !blocks {
                    self.deferred.insert(parent);
                }
            }
        }
        self.readied.clear();
    }

    /// Which edges a task had when it was inserted: those that inserting kept. A parent that
    /// is not there yet is of the same batch.
    fn edges_at_first(&self, spec: &NewTask) -> Vec<Need> {
        let kept = |need: &&Need| match self.get(&need.task).map(|parent| parent.state) {
            Some(TaskState::Done) => false,
            Some(state) if state.is_terminal() => need.on_failure == EdgePolicy::Block,
            _ => true,
        };
        spec.needs.iter().filter(kept).cloned().collect()
    }

    fn reapply(&mut self, event: &TaskEvent, change: &Change) -> Result<u64> {
        let corrupt = |text: String| Error::new(ErrorKind::Corrupt, text);
        let Some(mut task) = self.find(&event.task)? else {
            return Err(corrupt(format!("event {} is about an unknown task", event.cursor)));
        };
        if matches!(change, Change::Requeued { .. }) {
            self.register(&task.spec.requirement())?;
        }
        let before = Stand::of(&task);
        task.apply(event).map_err(|error| corrupt(error.to_string()).with_source(error))?;
        self.replace(&before, &task)?;
        if let Change::ParentEnded { parent, .. } = change
            && let Some(edges) = self.restoring.get_mut(&task.score.seq)
        {
            edges.retain(|need| need.task != *parent);
        }
        Ok(task.score.seq)
    }
}

#[cfg(test)]
#[path = "restore/tests.rs"]
mod tests;
