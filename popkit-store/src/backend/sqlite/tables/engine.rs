//! [`Tables`] over prepared statements.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Change, EdgePolicy, HolderId, Profile, RequestId, Requirement, Score, Task, TaskEvent, TaskId,
    Timestamp, UniqueKey,
};
use rusqlite::{Statement, params};

use super::row::{
    self, PART_CHECKPOINT, PART_ERRORS, PART_RESULT, PART_SPEC, end_number, part, parts_of,
    place_number,
};
use super::state::{SqliteTables, lane_of};
use super::{event, int, nat, replay};
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::shared::Shared;
use crate::engine::{Place, Replay, Stand, Tables};
use crate::{Error, ErrorKind, Result};

/// How long the reply of a slot that asks no more is kept.
const REPLAY_KEPT: Duration = Duration::from_secs(3600);
/// Replies after which some slots are looked through.
const SWEEP_EVERY: u32 = 64;

fn task_of<P: rusqlite::Params>(
    statement: &mut Statement<'_>,
    key: P,
    parts: &mut Statement<'_>,
    shared: &Shared,
) -> Sql<Option<Task>> {
    let mut rows = statement.query(key)?;
    rows.next()?.map(|row| row::read(row, parts, shared)).transpose()
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| int(at.as_micros()))
}

impl SqliteTables<'_> {
    fn enter(&mut self, stand: &Stand, lane: u32) {
        self.counter.count(lane, place_number(stand.place), 1);
        if stand.place == Place::Ready {
            self.readied_now.push(lane);
        }
        if let (Some(at), Some(earliest)) = (stand.timer, &mut self.timer) {
            *earliest = Some(earliest.map_or(at, |earliest| earliest.min(at)));
        }
    }

    fn leave(&mut self, stand: &Stand, lane: u32) {
        self.counter.count(lane, place_number(stand.place), -1);
        // Others may have the same timer; which is next is found out when somebody asks.
        if stand.timer.is_some() && self.timer == Some(stand.timer) {
            self.timer = None;
        }
    }

    fn take_key(&mut self, task: &Task) -> Sql<()> {
        if let Some(key) = &task.spec.unique {
            self.sql.take_key.execute(params![key.as_str(), int(task.score.seq)])?;
        }
        Ok(())
    }

    fn free_key(&mut self, task: &Task) -> Sql<()> {
        if let Some(key) = &task.spec.unique {
            self.sql.free_key.execute(params![key.as_str(), int(task.score.seq)])?;
        }
        Ok(())
    }

    fn keep_part(&mut self, seq: u64, what: i64, text: Option<&str>) -> Sql<()> {
        let key = part(int(seq), what);
        match text {
            Some(text) => self.sql.keep_body.execute(params![key, text])?,
            None => self.sql.drop_body.execute([key, key])?,
        };
        Ok(())
    }

    fn create_row(&mut self, task: &Task) -> Sql<()> {
        let (stand, seq) = (Stand::of(task), task.score.seq);
        let lane = lane_of(&self.lanes, &stand)?;
        self.wrote = true;
        self.sql.create_task.execute(params![
            int(seq),
            task.id().as_str(),
            task.spec.kind.as_str(),
            int(task.created_at.as_micros()),
            lane,
            place_number(stand.place),
            task.priority.level(),
            int(task.score.major),
            task.open_parents,
            micros(task.due_at),
            micros(stand.timer),
            int(task.revision),
            int(task.updated_at.as_micros()),
        ])?;
        let spec = serde_json::to_string(&*task.spec).map_err(|error| no_json(&error))?;
        self.keep_part(seq, PART_SPEC, Some(&spec))?;
        for tag in &task.spec.tags {
            self.sql.tag.execute(params![tag, int(seq)])?;
        }
        self.take_key(task)?;
        self.enter(&stand, lane);
        self.shared.specs().put(seq, task.clone());
        Ok(())
    }

    fn update_row(&mut self, before: &Stand, task: &Task) -> Sql<()> {
        let (after, seq) = (Stand::of(task), task.score.seq);
        let lane = lane_of(&self.lanes, &after)?;
        self.wrote = true;
        self.bind_update(&after, task, lane)?;
        if before.checkpoint != after.checkpoint {
            self.keep_part(seq, PART_CHECKPOINT, task.checkpoint.as_ref().map(|j| j.as_str()))?;
        }
        if before.result != after.result {
            self.keep_part(seq, PART_RESULT, task.result.as_ref().map(|j| j.as_str()))?;
        }
        // The events tell, not the time of the last entry: two can have the same.
        if self.failed.take_if(|failed| *failed == seq).is_some() {
            let log = serde_json::to_string(&task.errors).map_err(|error| no_json(&error))?;
            self.keep_part(seq, PART_ERRORS, Some(&log))?;
        }
        if (before.place, before.timer, before.score) != (after.place, after.timer, after.score) {
            let from = lane_of(&self.lanes, before)?;
            self.leave(before, from);
            self.enter(&after, lane);
        }
        match (before.is_open(), after.is_open()) {
            (true, false) => self.free_key(task),
            (false, true) => self.take_key(task),
            _ => Ok(()),
        }
    }

    fn bind_update(&mut self, after: &Stand, task: &Task, lane: u32) -> Sql<()> {
        let (hold, end) = (task.hold.as_ref(), task.last_end.as_ref());
        let length = hold.map(|h| i64::try_from(h.length.as_nanos()).unwrap_or(i64::MAX));
        self.sql.update_task.execute(params![
            int(task.score.seq),
            lane,
            place_number(after.place),
            task.priority.level(),
            int(task.score.major),
            task.open_parents,
            micros(task.due_at),
            task.attempt,
            task.abandons,
            int(task.fence.number()),
            hold.map(|hold| hold.holder.bits().to_be_bytes()),
            hold.map(|hold| hold.agent.as_str()),
            hold.map(|hold| hold.claim.bits().to_be_bytes()),
            length,
            hold.map(|hold| hold.suspect),
            micros(after.timer),
            end.map(|end| int(end.fence.number())),
            end.map(|end| end.claim.bits().to_be_bytes()),
            end.map(|end| end_number(end.how)),
            task.progress.as_ref().map(|progress| progress.fraction),
            task.progress.as_ref().map(|progress| progress.note.as_str()),
            parts_of(task),
            int(task.revision),
            int(task.updated_at.as_micros()),
            micros(task.assigned_at),
            micros(task.started_at),
            micros(task.ended_at),
        ])?;
        Ok(())
    }

    fn append_row(&mut self, seq: u64, event: &TaskEvent) -> Sql<()> {
        use Change::{Failed, Rescued, Retried};
        let change = event::encode(&event.change)?;
        self.wrote = true;
        self.last_cursor += 1;
        if matches!(event.change, Retried { .. } | Failed { .. } | Rescued { .. }) {
            self.failed = Some(seq);
        }
        self.sql.append.execute(params![
            int(self.last_cursor),
            int(seq),
            int(event.number),
            int(event.at.as_micros()),
            change,
        ])?;
        Ok(())
    }

    fn register_lane(&mut self, requirement: &Requirement) -> Sql<()> {
        if let Some(number) = self.lanes.number(requirement.lane()) {
            self.lanes.pin(number);
            return Ok(());
        }
        self.wrote = true;
        if self.lanes.len() >= self.shared.max_lanes {
            self.retire_lane(requirement)?;
        }
        let text = serde_json::to_string(requirement).map_err(|error| no_json(&error))?;
        let (number, version): (u32, i64) =
            self.sql.new_lane.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let key = requirement.lane().bits().to_be_bytes();
        self.sql.add_lane.execute(params![number, key, text])?;
        self.lanes.add(number, requirement, version);
        self.lanes.pin(number);
        Ok(())
    }

    fn retire_lane(&mut self, wanted: &Requirement) -> Sql<()> {
        let mut open: Vec<(u32, i64)> = Vec::new();
        let mut rows = self.sql.open_lanes.query([])?;
        while let Some(row) = rows.next()? {
            open.push((row.get(0)?, row.get(1)?));
        }
        drop(rows);
        let counter = &self.counter;
        let is_empty = |lane: u32| {
            let written: i64 = open.iter().filter(|(l, _)| *l == lane).map(|(_, n)| n).sum();
            written + counter.open_in(lane) == 0
        };
        let Some(free) = self.lanes.free(is_empty) else {
            return Err(full(self.shared.max_lanes, wanted).into());
        };
        self.sql.drop_lane.execute([free])?;
        self.lanes.remove(free);
        self.retired = true;
        Ok(())
    }

    pub(super) fn earliest(&mut self) -> Sql<Option<Timestamp>> {
        if let Some(known) = self.timer {
            return Ok(known);
        }
        let mut rows = self.sql.next_timer.query([])?;
        let found = match rows.next()? {
            None => None,
            Some(row) => Some(Timestamp::from_micros(nat(row.get(0)?)?)),
        };
        self.timer = Some(found);
        Ok(found)
    }

    fn due(&mut self, now: Timestamp, limit: usize) -> Sql<Vec<u64>> {
        if self.earliest()?.is_none_or(|earliest| earliest > now) {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = self.sql.timers.query([int(now.as_micros()), limit])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            due.push(nat(row.get(0)?)?);
        }
        Ok(due)
    }

    fn find_replay(&mut self, holder: HolderId, slot: u32) -> Sql<Option<Replay>> {
        let mut rows = self.sql.replay.query(params![holder.bits().to_be_bytes(), slot])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let request = RequestId::from_bits(row::bits(row.get_ref(0)?)?);
        let at = Timestamp::from_micros(nat(row.get(1)?)?);
        let answer = row.get_ref(2)?.as_blob().map_err(|e| corrupt(e.to_string()))?;
        let (finished, claimed) = replay::decode(answer)?;
        Ok(Some(Replay::new((request, at), finished, claimed)))
    }

    fn keep_replay(&mut self, holder: HolderId, slot: u32, kept: &Replay) -> Sql<()> {
        self.wrote = true;
        self.bytes.clear();
        replay::encode(&kept.finished, &kept.claimed, &mut self.bytes);
        self.sql.remember.execute(params![
            holder.bits().to_be_bytes(),
            slot,
            kept.request.bits().to_be_bytes(),
            int(kept.at.as_micros()),
            self.bytes,
        ])?;
        self.remembered += 1;
        if self.remembered >= SWEEP_EVERY {
            self.remembered = 0;
            self.sweep_slots(kept.at.before(REPLAY_KEPT))?;
        }
        Ok(())
    }

    /// Looks through the slots of some holders, then of the next, and drops what is old:
    /// slots of processes that are gone.
    fn sweep_slots(&mut self, oldest: Timestamp) -> Sql<()> {
        let last: Option<Vec<u8>> =
            self.sql.some_slots.query_row([&self.swept], |row| row.get(0))?;
        if let Some(last) = &last {
            let oldest = int(oldest.as_micros());
            self.sql.sweep_slots.execute(params![self.swept, last, oldest])?;
        }
        self.swept = last.unwrap_or_default();
        Ok(())
    }
}

fn no_json(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Unexpected, format!("a value has no JSON form: {error}"))
}

/// The refusal of a lane too many.
fn full(max: usize, requirement: &Requirement) -> Error {
    let message = format!(
        "a task requires {requirement}, and all {max} lanes of the store are in use; \
         use fewer combinations of kind, capabilities and agent, or open the store with more lanes"
    );
    Error::new(ErrorKind::Full, message)
}

impl Tables for SqliteTables<'_> {
    fn reserve(&mut self, count: u64) -> Result<u64> {
        let first = self.last_seq + 1;
        self.last_seq += count;
        // Written or not: after a rollback the number is to be read again.
        self.wrote = true;
        Ok(first)
    }

    fn find(&mut self, id: &TaskId) -> Result<Option<Task>> {
        let sql = &mut self.sql;
        Ok(task_of(&mut sql.task_by_id, [id.as_str()], &mut sql.body, &self.shared)?)
    }

    fn by_seq(&mut self, seq: u64) -> Result<Option<Task>> {
        let sql = &mut self.sql;
        Ok(task_of(&mut sql.task_by_seq, [int(seq)], &mut sql.body, &self.shared)?)
    }

    fn open_with(&mut self, key: &UniqueKey) -> Result<Option<TaskId>> {
        let mut find = || -> Sql<Option<TaskId>> {
            let mut rows = self.sql.open_with.query([key.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let id = row.get_ref(0)?.as_str().map_err(|e| corrupt(e.to_string()))?;
            TaskId::new(id).map(Some).map_err(|e| corrupt(e.to_string()))
        };
        Ok(find()?)
    }

    fn create(&mut self, task: &Task) -> Result<()> {
        Ok(self.create_row(task)?)
    }

    fn replace(&mut self, before: &Stand, task: &Task) -> Result<()> {
        Ok(self.update_row(before, task)?)
    }

    fn append(&mut self, seq: u64, event: TaskEvent) -> Result<()> {
        Ok(self.append_row(seq, &event)?)
    }

    fn link(&mut self, parent: u64, child: u64, policy: EdgePolicy) -> Result<()> {
        self.wrote = true;
        let values = [int(parent), int(child), row::policy_number(policy)];
        done(self.sql.link.execute(values))
    }

    fn unlink(&mut self, parent: u64, child: u64) -> Result<()> {
        self.wrote = true;
        done(self.sql.unlink.execute([int(parent), int(child)]))
    }

    fn edges(
        &mut self,
        parent: u64,
        blocking: bool,
        limit: usize,
    ) -> Result<Vec<(u64, EdgePolicy)>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut find = || -> Sql<Vec<(u64, EdgePolicy)>> {
            let mut rows = self.sql.edges.query(params![int(parent), blocking, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push((nat(row.get(0)?)?, row::policy(row.get(1)?)?));
            }
            Ok(found)
        };
        Ok(find()?)
    }

    fn defer(&mut self, parent: u64) -> Result<()> {
        self.wrote = true;
        self.deferred = true;
        done(self.sql.defer.execute([int(parent)]))
    }

    fn undefer(&mut self, parent: u64) -> Result<()> {
        self.wrote = true;
        done(self.sql.undefer.execute([int(parent)]))
    }

    fn deferred(&mut self) -> Result<Option<u64>> {
        if !self.deferred {
            return Ok(None);
        }
        let mut find = || -> Sql<Option<u64>> {
            let mut rows = self.sql.deferred.query([])?;
            rows.next()?.map(|row| nat(row.get(0)?)).transpose()
        };
        let found = find()?;
        self.deferred = found.is_some();
        Ok(found)
    }

    fn register(&mut self, requirement: &Requirement) -> Result<()> {
        Ok(self.register_lane(requirement)?)
    }

    fn eligible(&mut self, profile: &Profile) -> Result<Arc<[u32]>> {
        Ok(self.lanes.eligible(profile))
    }

    fn head(&mut self, lane: u32) -> Result<Option<Score>> {
        let mut find = || -> Sql<Option<Score>> {
            let mut rows = self.sql.head.query([lane])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(Score { major: nat(row.get(0)?)?, seq: nat(row.get(1)?)? }))
        };
        Ok(find()?)
    }

    fn timers(&mut self, now: Timestamp, limit: usize) -> Result<Vec<u64>> {
        Ok(self.due(now, limit)?)
    }

    fn next_timer(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.earliest()?)
    }

    fn replay(&mut self, holder: HolderId, slot: u32) -> Result<Option<Replay>> {
        Ok(self.find_replay(holder, slot)?)
    }

    fn remember(&mut self, holder: HolderId, slot: u32, replay: Replay) -> Result<()> {
        Ok(self.keep_replay(holder, slot, &replay)?)
    }
}

fn done(changed: rusqlite::Result<usize>) -> Result<()> {
    match changed {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::backend::sqlite::classify::Fault::from(error).into()),
    }
}
