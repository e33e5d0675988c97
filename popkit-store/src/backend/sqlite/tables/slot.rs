//! The last answered steps of the slots.

use std::time::Duration;

use popkit_protocol::{HolderId, RequestId, Timestamp};
use rusqlite::params;

use super::state::SqliteTables;
use super::{int, nat, replay, row};
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::engine::Replay;

/// How long the reply of a slot that asks no more is kept.
const KEPT: Duration = Duration::from_secs(3600);
/// Replies after which some slots are looked through.
const SWEEP_EVERY: u32 = 64;

impl SqliteTables<'_> {
    pub(super) fn find_replay(&mut self, holder: HolderId, slot: u32) -> Sql<Option<Replay>> {
        let mut rows = self.sql.replay.query(params![holder.bits().to_be_bytes(), slot])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let request = RequestId::from_bits(row::bits(row.get_ref(0)?)?);
        let at = Timestamp::from_micros(nat(row.get(1)?)?);
        let answer = row.get_ref(2)?.as_blob().map_err(|e| corrupt(e.to_string()))?;
        let (finished, claimed) = replay::decode(answer)?;
        Ok(Some(Replay::new((request, at), finished, claimed)))
    }

    pub(super) fn keep_replay(&mut self, holder: HolderId, slot: u32, kept: Replay) -> Sql<()> {
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
        let at = kept.at;
        self.held.answered((holder, slot), kept);
        self.remembered += 1;
        if self.remembered >= SWEEP_EVERY {
            self.remembered = 0;
            self.sweep_slots(at.before(KEPT))?;
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
