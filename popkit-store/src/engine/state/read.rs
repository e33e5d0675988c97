//! Looking at the maps, and pruning them.

use std::collections::HashMap;
use std::ops::Bound::{Excluded, Unbounded};

use popkit_protocol::{Cursor, Profile, Requirement, Task, TaskEvent, TaskId};

use super::EngineState;
use crate::engine::Tables as _;
use crate::{HistoryQuery, LaneStatus, Page, PruneQuery, TaskCounts, TaskQuery};

impl EngineState {
    /// The task with this id.
    #[must_use]
    pub fn get(&self, id: &TaskId) -> Option<&Task> {
        let seq = self.ids.get(id)?;
        self.tasks.get(seq).map(|entry| &entry.task)
    }

    /// Tasks by what they are, in the order of insertion.
    #[must_use]
    pub fn query(&self, query: &TaskQuery) -> Page<Task> {
        let size = query.page.size();
        let rest = self.tasks.range((Excluded(query.page.after), Unbounded));
        let wanted = rest.filter(|(_, entry)| query.wants(&entry.task)).take(size + 1);
        let mut found: Vec<(u64, Task)> =
            wanted.map(|(seq, entry)| (*seq, entry.task.clone())).collect();
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().map(|(seq, _)| *seq).filter(|_| more);
        Page::new(found.into_iter().map(|(_, task)| task).collect(), next)
    }

    /// How many tasks stand where.
    #[must_use]
    pub fn counts(&self, lanes: bool) -> TaskCounts {
        let mut counts = self.counts.clone();
        if lanes {
            counts.lanes = self.lanes.counts();
        }
        counts
    }

    /// The lanes that something stands in or that have a rule, in the order of their
    /// requirements. The log does not tell of rules: who restores from it keeps them apart.
    #[must_use]
    pub fn lanes(&self) -> Vec<LaneStatus> {
        self.lanes.statuses()
    }

    /// Events in order.
    #[must_use]
    pub fn history(&self, query: &HistoryQuery) -> Page<TaskEvent> {
        let (after, size) = (query.page.after, query.page.size());
        let mut events: Vec<TaskEvent> = match &query.task {
            None => {
                let rest = self.log.range((Excluded(after), Unbounded));
                rest.take(size + 1).map(|(_, event)| event.clone()).collect()
            }
            Some(id) => {
                let entry = self.ids.get(id).and_then(|seq| self.tasks.get(seq));
                let cursors = entry.map(|entry| entry.events.as_slice()).unwrap_or_default();
                let rest = cursors.iter().filter(|cursor| **cursor > after).take(size + 1);
                rest.filter_map(|cursor| self.log.get(cursor)).cloned().collect()
            }
        };
        let more = events.len() > size;
        events.truncate(size);
        let next = events.last().map(|event| event.cursor.number()).filter(|_| more);
        Page::new(events, next)
    }

    /// Removes ended tasks that no open task depends on, with their events.
    pub fn prune(&mut self, query: &PruneQuery) -> u64 {
        let free = |seq: &u64| self.tasks.get(seq).is_none_or(|e| e.task.state.is_terminal());
        let wanted = self
            .tasks
            .iter()
            .filter(|(_, entry)| query.wants(&entry.task) && entry.children.keys().all(free));
        let gone: Vec<u64> = wanted.map(|(seq, _)| *seq).take(query.limit).collect();
        for seq in &gone {
            let Some(entry) = self.tasks.remove(seq) else { continue };
            self.ids.remove(entry.task.id());
            self.deferred.remove(seq);
            self.forget(&entry.task);
            for cursor in entry.events {
                self.log.remove(&cursor);
            }
        }
        gone.len() as u64
    }

    /// Whether an agent with this profile could claim something now.
    pub fn is_ready_for(&mut self, profile: &Profile) -> bool {
        let lanes = self.lanes.eligible(profile);
        lanes.iter().any(|lane| self.lanes.head(*lane).is_some())
    }

    /// The requirements of the tasks that can be claimed since the last call, one entry per
    /// task: whom to wake. Of a lane not more than can be claimed from it now.
    pub fn take_readied(&mut self) -> Vec<Requirement> {
        let readied = std::mem::take(&mut self.readied);
        let mut left: HashMap<u32, u64> = HashMap::new();
        let claimable = |lane: &u32| {
            let left = left.entry(*lane).or_insert_with(|| self.lanes.claimable(*lane));
            let some = *left > 0;
            *left = left.saturating_sub(1);
            some
        };
        let lanes = readied.into_iter().filter(claimable);
        lanes.filter_map(|lane| self.lanes.requirement(lane).cloned()).collect()
    }

    /// Forgets what became ready: nobody waits.
    pub fn clear_readied(&mut self) {
        self.readied.clear();
    }

    /// The cursor of the last event.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor::from_number(self.next_cursor - 1)
    }

    /// When something is next to be promoted or rescued.
    #[must_use]
    pub fn next_timer(&mut self) -> Option<popkit_protocol::Timestamp> {
        crate::engine::Tables::next_timer(self).unwrap_or_default()
    }

    /// Whether a task with this id exists.
    #[must_use]
    pub fn contains(&mut self, id: &TaskId) -> bool {
        self.find(id).is_ok_and(|task| task.is_some())
    }
}
