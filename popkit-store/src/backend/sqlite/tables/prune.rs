//! Removing tasks.

use rusqlite::params;

use super::row::{self, part};
use super::state::SqliteTables;
use super::{int, nat};
use crate::backend::sqlite::classify::Sql;
use crate::engine::Stand;
use crate::{PruneQuery, Result};

impl SqliteTables<'_> {
    /// Removes those of the tasks that may still go, with their events, and answers how
    /// many.
    pub(in crate::backend::sqlite) fn prune(
        &mut self,
        query: &PruneQuery,
        tasks: &[i64],
    ) -> Result<u64> {
        Ok(self.remove_all(query, tasks)?)
    }

    fn remove_all(&mut self, query: &PruneQuery, tasks: &[i64]) -> Sql<u64> {
        self.wrote = true;
        // Before the newest goes: its number, its cursor and its time are not to come again.
        let last = [self.last_seq, self.last_cursor, self.time().as_micros()].map(int);
        self.sql.floors.execute(last)?;
        let mut gone = 0;
        for seq in tasks {
            gone += u64::from(self.remove(query, *seq)?);
        }
        Ok(gone)
    }

    fn remove(&mut self, query: &PruneQuery, seq: i64) -> Sql<bool> {
        let sql = &mut self.sql;
        let mut rows = sql.task_by_seq.query([seq])?;
        let Some(found) = rows.next()? else { return Ok(false) };
        let task = row::read(found, &mut sql.body, &self.shared)?;
        drop(rows);
        let kept = !query.wants(&task) || Stand::of(&task).is_open();
        if kept || sql.has_open_child.exists([seq])? {
            return Ok(false);
        }
        for tag in &task.spec.tags {
            sql.untag.execute(params![tag, seq])?;
        }
        sql.drop_task.execute([seq])?;
        sql.drop_body.execute([part(seq, 0), part(seq, 3)])?;
        sql.drop_events.execute([seq])?;
        sql.drop_edges.execute([seq])?;
        sql.undefer.execute([seq])?;
        let place = row::place_number(Stand::of(&task).place);
        self.counter.count(0, place, -1);
        self.shared.specs().remove(nat(seq)?);
        Ok(true)
    }
}
