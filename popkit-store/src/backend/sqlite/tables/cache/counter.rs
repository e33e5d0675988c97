//! How many tasks stand where, kept by differences that are written once per transaction.

use rusqlite::params;

use super::super::row::{ACTIVE, ASSIGNED, ENDED, PAUSED_HELD, READY};
use super::super::statements::Statements;
use crate::backend::sqlite::classify::Sql;

/// A difference: lane, place, by how many.
type Delta = (u32, u8, i64);

#[derive(Debug, Default)]
pub(in crate::backend::sqlite) struct Counter {
    /// Of the jobs of this transaction that hold.
    group: Vec<Delta>,
    /// Of the running job.
    job: Vec<Delta>,
}

fn add(deltas: &mut Vec<Delta>, (lane, place, by): Delta) {
    match deltas.iter_mut().find(|(l, p, _)| (*l, *p) == (lane, place)) {
        Some((_, _, n)) => *n += by,
        None => deltas.push((lane, place, by)),
    }
}

impl Counter {
    /// Counts a task in or out. Ended tasks are counted together: their lane may be gone.
    pub(in crate::backend::sqlite) fn count(&mut self, lane: u32, place: u8, by: i64) {
        let lane = if (ENDED..PAUSED_HELD).contains(&place) { 0 } else { lane };
        add(&mut self.job, (lane, place, by));
    }

    /// What this transaction changes in the number of open tasks of a lane.
    pub(in crate::backend::sqlite) fn open_in(&self, lane: u32) -> i64 {
        self.sum(lane, |_| true)
    }

    /// What it changes in the number of ready ones.
    pub(in crate::backend::sqlite) fn ready_in(&self, lane: u32) -> i64 {
        self.sum(lane, |place| place == READY)
    }

    /// What it changes in the number of leases that are held.
    pub(in crate::backend::sqlite) fn held_in(&self, lane: u32) -> i64 {
        self.sum(lane, |place| matches!(place, ASSIGNED | ACTIVE | PAUSED_HELD))
    }

    fn sum(&self, lane: u32, of: impl Fn(u8) -> bool) -> i64 {
        let all = self.group.iter().chain(&self.job);
        all.filter(|(l, place, _)| *l == lane && of(*place)).map(|(.., by)| by).sum()
    }

    pub(in crate::backend::sqlite) fn keep(&mut self) {
        for delta in self.job.drain(..) {
            add(&mut self.group, delta);
        }
    }

    pub(in crate::backend::sqlite) fn undo(&mut self) {
        self.job.clear();
    }

    pub(in crate::backend::sqlite) fn abandon(&mut self) {
        self.job.clear();
        self.group.clear();
    }

    pub(in crate::backend::sqlite) fn flush(&mut self, sql: &mut Statements<'_>) -> Sql<()> {
        for (lane, place, by) in self.group.drain(..) {
            if by != 0 && sql.count.execute(params![by, lane, place])? == 0 {
                sql.first_count.execute(params![lane, place, by])?;
            }
        }
        Ok(())
    }
}
