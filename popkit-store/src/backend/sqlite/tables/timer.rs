//! When something is next to be done.

use popkit_protocol::Timestamp;

use super::state::SqliteTables;
use super::{int, nat};
use crate::backend::sqlite::classify::Sql;

impl SqliteTables<'_> {
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

    pub(super) fn due(&mut self, now: Timestamp, limit: usize) -> Sql<Vec<u64>> {
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
}
