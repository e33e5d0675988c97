//! Registering lanes, and retiring those that nothing stands in.

use popkit_protocol::Requirement;
use rusqlite::params;

use super::super::no_json;
use super::super::state::SqliteTables;
use crate::backend::sqlite::classify::Sql;
use crate::engine::full;

impl SqliteTables<'_> {
    pub(in crate::backend::sqlite) fn register_lane(
        &mut self,
        requirement: &Requirement,
    ) -> Sql<()> {
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
}
