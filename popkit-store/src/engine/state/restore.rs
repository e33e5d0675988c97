//! Rebuilding the maps from the log.

use std::sync::Arc;

use popkit_protocol::{Change, EdgePolicy, Need, Task, TaskEvent, TaskState};

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
        let mut edges = Vec::new();
        for (seq, entry) in &self.tasks {
            if entry.task.state.is_terminal() || entry.task.open_parents == 0 {
                continue;
            }
            let closed = |need: &Need| {
                entry.events.iter().filter_map(|c| self.log.get(c)).any(|event| {
                    matches!(&event.change, Change::ParentEnded { parent, .. } if *parent == need.task)
                })
            };
            let open = entry.task.spec.needs.iter().filter(|need| !closed(need));
            edges.extend(open.map(|need| (need.task.clone(), *seq, need.on_failure)));
        }
        for (parent, child, policy) in edges {
            let Some(&parent) = self.ids.get(&parent) else { continue };
            let Some(entry) = self.tasks.get_mut(&parent) else { continue };
            let (state, inserted) = (entry.task.state, parent);
            let bad = state.is_terminal() && state != TaskState::Done;
            // An edge to a parent that had ended well before the child came was never kept.
            if state == TaskState::Done && !self.is_after(inserted, child) {
                continue;
            }
            if let Some(entry) = self.tasks.get_mut(&parent) {
                entry.children.push((child, policy));
            }
            if state == TaskState::Done || (bad && policy != EdgePolicy::Block) {
                self.deferred.insert(parent);
            }
        }
        self.readied.clear();
    }

    /// Whether the last event of `parent` comes after the first of `child`.
    fn is_after(&self, parent: u64, child: u64) -> bool {
        let ended = self.tasks.get(&parent).and_then(|entry| entry.events.last());
        let began = self.tasks.get(&child).and_then(|entry| entry.events.first());
        ended > began
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
        Ok(task.score.seq)
    }
}
