//! Rules of lanes, and leases that are held.

use std::num::NonZeroU32;

use popkit_protocol::Requirement;
use rusqlite::{Row, params};

use super::super::nat;
use super::super::state::SqliteTables;
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::{LaneRule, LaneStatus};

/// Reads the columns `paused` and `most`, the first of which is at this place.
pub(in crate::backend::sqlite) fn read(row: &Row<'_>, at: usize) -> Sql<LaneRule> {
    let most: Option<u32> = row.get(at + 1)?;
    let limit = most.map(|most| NonZeroU32::new(most).ok_or_else(|| corrupt("a lane of limit 0")));
    Ok(LaneRule::default().paused(row.get(at)?).limit(limit.transpose()?))
}

impl SqliteTables<'_> {
    /// Keeps a rule; of a lane that is not there, none.
    pub(in crate::backend::sqlite) fn keep_rule(
        &mut self,
        requirement: &Requirement,
        rule: LaneRule,
    ) -> Sql<()> {
        let Some(number) = self.lanes.number(requirement.lane()) else { return Ok(()) };
        if self.lanes.rule(number) == rule {
            return Ok(());
        }
        self.wrote = true;
        let most = rule.limit.map(NonZeroU32::get);
        self.sql.keep_rule.execute(params![number, rule.paused, most])?;
        let version: i64 = self.sql.next_lanes.query_row([], |row| row.get(0))?;
        self.lanes.set_rule(number, rule, version);
        self.more_now = true;
        Ok(())
    }

    pub(in crate::backend::sqlite) fn lane_status(
        &mut self,
        requirement: &Requirement,
    ) -> Sql<LaneStatus> {
        let number = self.lanes.number(requirement.lane());
        let rule = number.map(|number| self.lanes.rule(number)).unwrap_or_default();
        let status = LaneStatus::new(requirement.clone(), rule);
        let Some(number) = number else { return Ok(status) };
        let [ready, held, open] = self
            .sql
            .lane_counts
            .query_row([number], |row| Ok([row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?]))?;
        let ready = nat(ready + self.counter.ready_in(number))?;
        let open = nat(open + self.counter.open_in(number))?;
        Ok(status.counted(ready, nat(held + self.counter.held_in(number))?, open))
    }

    /// How many more leases a lane's rule allows now.
    pub(in crate::backend::sqlite) fn places(&mut self, lane: u32) -> Sql<u64> {
        let rule = self.lanes.rule(lane);
        if rule.paused || rule.limit.is_none() {
            return Ok(rule.places(0));
        }
        let written: i64 = self.sql.held.query_row([lane], |row| row.get(0))?;
        Ok(rule.places(nat(written + self.counter.held_in(lane))?))
    }
}
