//! [`Tables`] over prepared statements.

use std::sync::Arc;

use popkit_protocol::{
    EdgePolicy, HolderId, Profile, Requirement, Score, Task, TaskEvent, TaskId, Timestamp,
    UniqueKey,
};
use rusqlite::{Statement, params};

use super::state::SqliteTables;
use super::{int, nat, row};
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::shared::Shared;
use crate::engine::{Replay, Stand, Tables};
use crate::{LaneRule, LaneStatus, Result};

fn task_of<P: rusqlite::Params>(
    statement: &mut Statement<'_>,
    key: P,
    parts: &mut Statement<'_>,
    shared: &Shared,
) -> Sql<Option<Task>> {
    let mut rows = statement.query(key)?;
    rows.next()?.map(|row| row::read(row, parts, shared)).transpose()
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
        if let Some(task) = self.held.task(id) {
            return Ok(Some(task));
        }
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

    fn set_rule(&mut self, requirement: &Requirement, rule: LaneRule) -> Result<()> {
        Ok(self.keep_rule(requirement, rule)?)
    }

    fn lane(&mut self, requirement: &Requirement) -> Result<LaneStatus> {
        Ok(self.lane_status(requirement)?)
    }

    fn eligible(&mut self, profile: &Profile) -> Result<Arc<[u32]>> {
        Ok(self.lanes.eligible(profile))
    }

    fn head(&mut self, lane: u32) -> Result<Option<Score>> {
        if self.lanes.is_limited(lane) && self.places(lane)? == 0 {
            return Ok(None);
        }
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
        if let Some(kept) = self.held.replay((holder, slot)) {
            return Ok(Some(kept));
        }
        Ok(self.find_replay(holder, slot)?)
    }

    fn remember(&mut self, holder: HolderId, slot: u32, replay: Replay) -> Result<()> {
        Ok(self.keep_replay(holder, slot, replay)?)
    }
}

fn done(changed: rusqlite::Result<usize>) -> Result<()> {
    match changed {
        Ok(_) => Ok(()),
        Err(error) => Err(crate::backend::sqlite::classify::Fault::from(error).into()),
    }
}
