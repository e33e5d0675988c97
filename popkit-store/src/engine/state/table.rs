//! The engine's view of the maps.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Cursor, EdgePolicy, HolderId, Profile, Requirement, Score, Task, TaskEvent, TaskId, Timestamp,
    UniqueKey,
};

use super::{EngineState, Entry};
use crate::engine::{Place, Replay, Stand, Tables};
use crate::{LaneRule, LaneStatus, Result};

/// How long the reply of a slot that asks no more is kept.
const REPLAY_KEPT: Duration = Duration::from_secs(3600);

impl EngineState {
    fn enter(&mut self, stand: &Stand, seq: u64) {
        *self.counts.at(stand.place) += 1;
        if stand.place == Place::Ready {
            self.readied.extend(self.lanes.add_ready(stand.lane, stand.score));
        }
        if let Some(at) = stand.timer {
            self.timers.insert((at, seq));
        }
    }

    fn leave(&mut self, stand: &Stand, seq: u64) {
        *self.counts.at(stand.place) -= 1;
        if stand.place == Place::Ready {
            self.lanes.remove_ready(stand.lane, stand.score);
        }
        if let Some(at) = stand.timer {
            self.timers.remove(&(at, seq));
        }
    }

    pub(super) fn open(&mut self, task: &Task) {
        self.lanes.opened(task.lane);
        if let Some(key) = &task.spec.unique {
            self.unique.insert(key.clone(), task.score.seq);
        }
    }

    pub(super) fn end(&mut self, task: &Task) {
        self.lanes.ended(task.lane);
        if let Some(key) = &task.spec.unique {
            self.unique.remove(key);
        }
    }

    /// Drops the task from every index but its lane's count of open tasks.
    pub(super) fn forget(&mut self, task: &Task) {
        self.leave(&Stand::of(task), task.score.seq);
    }
}

impl Tables for EngineState {
    fn reserve(&mut self, count: u64) -> Result<u64> {
        let first = self.next_seq;
        self.next_seq += count;
        Ok(first)
    }

    fn find(&mut self, id: &TaskId) -> Result<Option<Task>> {
        let Some(seq) = self.ids.get(id).copied() else { return Ok(None) };
        self.by_seq(seq)
    }

    fn by_seq(&mut self, seq: u64) -> Result<Option<Task>> {
        Ok(self.tasks.get(&seq).map(|entry| entry.task.clone()))
    }

    fn open_with(&mut self, key: &UniqueKey) -> Result<Option<TaskId>> {
        let seq = self.unique.get(key);
        Ok(seq.and_then(|seq| self.tasks.get(seq)).map(|entry| entry.task.id().clone()))
    }

    fn create(&mut self, task: &Task) -> Result<()> {
        let (stand, seq) = (Stand::of(task), task.score.seq);
        self.ids.insert(task.id().clone(), seq);
        self.enter(&stand, seq);
        self.open(task);
        let entry = Entry { task: task.clone(), children: BTreeMap::new(), events: Vec::new() };
        self.tasks.insert(seq, entry);
        Ok(())
    }

    fn replace(&mut self, before: &Stand, task: &Task) -> Result<()> {
        let (after, seq) = (Stand::of(task), task.score.seq);
        let moved =
            (before.place, before.timer, before.score) != (after.place, after.timer, after.score);
        if moved {
            self.leave(before, seq);
            self.enter(&after, seq);
        }
        match (before.is_held(), after.is_held()) {
            (false, true) => self.lanes.lease_began(task.lane),
            (true, false) => {
                let freed = self.lanes.lease_ended(task.lane);
                // A task that goes back to its lane is told of already.
                self.readied.extend(freed.filter(|_| after.place != Place::Ready));
            }
            _ => {}
        }
        match (before.is_open(), after.is_open()) {
            (true, false) => self.end(task),
            (false, true) => self.open(task),
            _ => {}
        }
        if let Some(entry) = self.tasks.get_mut(&seq) {
            entry.task.clone_from(task);
        }
        Ok(())
    }

    fn append(&mut self, seq: u64, mut event: TaskEvent) -> Result<()> {
        let cursor = self.next_cursor;
        self.next_cursor += 1;
        event.cursor = Cursor::from_number(cursor);
        if let Some(entry) = self.tasks.get_mut(&seq) {
            entry.events.push(cursor);
        }
        self.log.insert(cursor, event);
        Ok(())
    }

    fn link(&mut self, parent: u64, child: u64, policy: EdgePolicy) -> Result<()> {
        if let Some(entry) = self.tasks.get_mut(&parent) {
            entry.children.insert(child, policy);
        }
        Ok(())
    }

    fn unlink(&mut self, parent: u64, child: u64) -> Result<()> {
        if let Some(entry) = self.tasks.get_mut(&parent) {
            entry.children.remove(&child);
        }
        Ok(())
    }

    fn edges(
        &mut self,
        parent: u64,
        blocking: bool,
        limit: usize,
    ) -> Result<Vec<(u64, EdgePolicy)>> {
        let Some(entry) = self.tasks.get(&parent) else { return Ok(Vec::new()) };
        let wanted = |policy: EdgePolicy| blocking || policy != EdgePolicy::Block;
        let edges = entry.children.iter().map(|(child, policy)| (*child, *policy));
        Ok(edges.filter(|(_, policy)| wanted(*policy)).take(limit).collect())
    }

    fn defer(&mut self, parent: u64) -> Result<()> {
        self.deferred.insert(parent);
        Ok(())
    }

    fn undefer(&mut self, parent: u64) -> Result<()> {
        self.deferred.remove(&parent);
        Ok(())
    }

    fn deferred(&mut self) -> Result<Option<u64>> {
        Ok(self.deferred.first().copied())
    }

    fn register(&mut self, requirement: &Requirement) -> Result<()> {
        self.lanes.register(requirement)
    }

    fn set_rule(&mut self, requirement: &Requirement, rule: LaneRule) -> Result<()> {
        if let Some((lane, more)) = self.lanes.set_rule(requirement.lane(), rule) {
            self.readied.extend((0..more).map(|_| lane));
        }
        Ok(())
    }

    fn lane(&mut self, requirement: &Requirement) -> Result<LaneStatus> {
        Ok(self.lanes.status(requirement))
    }

    fn eligible(&mut self, profile: &Profile) -> Result<Arc<[u32]>> {
        Ok(self.lanes.eligible(profile))
    }

    fn head(&mut self, lane: u32) -> Result<Option<Score>> {
        Ok(self.lanes.head(lane))
    }

    fn timers(&mut self, now: Timestamp, limit: usize) -> Result<Vec<u64>> {
        let due = self.timers.range(..=(now, u64::MAX)).take(limit);
        Ok(due.map(|(_, seq)| *seq).collect())
    }

    fn next_timer(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.timers.first().map(|(at, _)| *at))
    }

    fn replay(&mut self, holder: HolderId, slot: u32) -> Result<Option<Replay>> {
        Ok(self.replays.get(&(holder, slot)).cloned())
    }

    fn remember(&mut self, holder: HolderId, slot: u32, replay: Replay) -> Result<()> {
        // Slots of processes that are gone: looked for each time the map has doubled.
        if self.replays.len() >= 1024.max(2 * self.replays_kept) {
            let oldest = replay.at.before(REPLAY_KEPT);
            self.replays.retain(|_, kept| kept.at >= oldest);
            self.replays_kept = self.replays.len();
        }
        self.replays.insert((holder, slot), replay);
        Ok(())
    }
}
