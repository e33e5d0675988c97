//! What is kept between transactions, and when it is forgotten.
//!
//! Another process may write between two of our transactions: `PRAGMA data_version` tells,
//! and then everything that is cached is read again, in one statement. Within a process
//! there is one writer, so without such a change the caches are right; a job that is undone
//! after it wrote makes them be read again, too.

use std::sync::Arc;

use popkit_protocol::{Profile, Timestamp};
use rusqlite::Connection;

use super::cache::{Counter, Held, Lanes};
use super::statements::Statements;
use super::{int, nat};
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::open::VERSION;
use crate::backend::sqlite::shared::Shared;
use crate::{Error, ErrorKind, Result};

/// The tables, for one writer.
#[derive(Debug)]
pub(in crate::backend::sqlite) struct SqliteTables<'c> {
    pub(in crate::backend::sqlite) sql: Statements<'c>,
    pub(in crate::backend::sqlite) shared: Arc<Shared>,
    pub(super) lanes: Lanes,
    pub(super) counter: Counter,
    pub(super) held: Held,
    pub(super) last_seq: u64,
    pub(super) last_cursor: u64,
    last_at: Timestamp,
    /// Whether there may be edges still to be followed.
    pub(super) deferred: bool,
    /// The earliest timer, where it is known.
    pub(super) timer: Option<Option<Timestamp>>,
    /// The lanes of tasks that became ready: in this transaction, and in the running job.
    readied: Vec<u32>,
    pub(super) readied_now: Vec<u32>,
    /// Whether more may be claimed than what became ready: a rule was changed, by the running
    /// job or another of this transaction, or another process wrote.
    pub(super) more_now: bool,
    more: bool,
    /// A task whose error log has an entry that its row has not.
    pub(super) failed: Option<u64>,
    /// Whether the running job wrote anything.
    pub(super) wrote: bool,
    /// Whether a lane was retired in this transaction.
    pub(super) retired: bool,
    /// Replies kept since slots were last looked through, and the last holder looked at.
    pub(super) remembered: u32,
    pub(super) swept: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    data_version: i64,
    /// Whether the caches are to be read again.
    stale: bool,
}

impl<'c> SqliteTables<'c> {
    pub(in crate::backend::sqlite) fn new(
        connection: &'c Connection,
        shared: Arc<Shared>,
    ) -> Sql<Self> {
        Ok(Self {
            sql: Statements::prepare(connection)?,
            shared,
            lanes: Lanes::default(),
            counter: Counter::default(),
            held: Held::default(),
            last_seq: 0,
            last_cursor: 0,
            last_at: Timestamp::EPOCH,
            deferred: true,
            timer: None,
            readied: Vec::new(),
            readied_now: Vec::new(),
            more_now: false,
            more: false,
            failed: None,
            wrote: false,
            retired: false,
            remembered: 0,
            swept: Vec::new(),
            bytes: Vec::new(),
            data_version: 0,
            stale: true,
        })
    }

    /// Brings the caches up to date, at the beginning of a transaction.
    pub(in crate::backend::sqlite) fn refresh(&mut self) -> Sql<()> {
        let version: i64 = self.sql.data_version.query_row([], |row| row.get(0))?;
        let foreign = version != self.data_version;
        self.more |= foreign;
        if foreign || self.stale {
            self.read_state()?;
            self.data_version = version;
        }
        Ok(())
    }

    fn read_state(&mut self) -> Sql<()> {
        let (lanes, seq, cursor, at, deferred, version) = self.sql.state.query_row([], |row| {
            let number = |at: usize| row.get::<_, i64>(at);
            Ok((number(0)?, number(1)?, number(2)?, number(3)?, number(4)?, number(5)?))
        })?;
        if version != i64::from(VERSION) {
            let message = format!(
                "another process has brought the store to version {version}; this one knows \
                 {VERSION}: end it and upgrade popkit"
            );
            return Err(Error::new(ErrorKind::InvalidConfig, message).into());
        }
        (self.last_seq, self.last_cursor) = (nat(seq)?, nat(cursor)?);
        self.last_at = self.last_at.max(Timestamp::from_micros(nat(at)?));
        self.deferred = deferred != 0;
        self.timer = None;
        self.held.clear();
        if !self.lanes.is_at(lanes) {
            self.lanes.load(&mut self.sql, lanes)?;
        }
        self.stale = false;
        Ok(())
    }

    /// The store's time: the clock's, but never going back, also not behind what the log
    /// says.
    pub(in crate::backend::sqlite) fn time(&mut self) -> Timestamp {
        self.last_at = self.last_at.max(self.shared.now());
        self.last_at
    }

    /// The running job holds.
    pub(in crate::backend::sqlite) fn keep(&mut self) {
        self.counter.keep();
        self.readied.append(&mut self.readied_now);
        self.more |= std::mem::take(&mut self.more_now);
        self.lanes.unpin();
        self.wrote = false;
    }

    /// Whether the running job wrote anything.
    pub(in crate::backend::sqlite) fn wrote(&self) -> bool {
        self.wrote
    }

    /// The running job was undone.
    pub(in crate::backend::sqlite) fn undo(&mut self) -> Sql<()> {
        let wrote = std::mem::take(&mut self.wrote);
        self.lanes.unpin();
        if !wrote {
            return Ok(());
        }
        self.forget();
        // Within the transaction still: the next job goes on from what is there now.
        self.read_state()
    }

    /// The only job of a transaction was undone.
    pub(in crate::backend::sqlite) fn undo_all(&mut self) {
        self.lanes.unpin();
        if self.wrote {
            self.abandon();
        }
    }

    /// The whole transaction was undone.
    pub(in crate::backend::sqlite) fn abandon(&mut self) {
        self.forget();
        self.counter.abandon();
        self.readied.clear();
        self.retired = false;
        self.wrote = false;
    }

    fn forget(&mut self) {
        self.stale = true;
        self.failed = None;
        self.counter.undo();
        self.readied_now.clear();
        self.more_now = false;
        self.lanes.forget();
        self.held.clear();
        // It may hold the specs of insertions that never happened.
        self.shared.specs().clear();
    }

    /// Writes what was gathered, before the commit.
    pub(in crate::backend::sqlite) fn flush(&mut self) -> Sql<()> {
        self.counter.flush(&mut self.sql)?;
        if std::mem::take(&mut self.retired) {
            self.sql.sweep_counts.execute([])?;
        }
        Ok(())
    }

    /// After the commit: the lanes of the tasks that became ready, one entry per task.
    pub(in crate::backend::sqlite) fn take_readied(&mut self) -> Vec<u32> {
        self.shared.saw(self.last_at);
        std::mem::take(&mut self.readied)
    }

    /// After the commit, or a look: whether more may be claimed than what became ready.
    pub(in crate::backend::sqlite) fn take_more(&mut self) -> bool {
        std::mem::take(&mut self.more)
    }

    /// The earliest timer, as far as it is known.
    pub(in crate::backend::sqlite) fn known_timer(&self) -> Option<Timestamp> {
        self.timer.flatten()
    }

    /// Finds out the earliest timer.
    pub(in crate::backend::sqlite) fn learn_timer(&mut self) -> Sql<()> {
        self.earliest().map(|_| ())
    }

    /// Whether releases are still to be gone on with.
    pub(in crate::backend::sqlite) fn has_deferred(&self) -> bool {
        self.deferred
    }

    /// How many tasks can be claimed from which lane, as committed.
    pub(in crate::backend::sqlite) fn claimable_lanes(&mut self) -> Sql<Vec<(u32, i64)>> {
        let rows = self.sql.ready_lanes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut lanes: Vec<(u32, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        for (lane, ready) in &mut lanes {
            if self.lanes.is_limited(*lane) {
                *ready = (*ready).min(int(self.places(*lane)?));
            }
        }
        Ok(lanes)
    }

    /// The lanes that a profile may serve.
    pub(in crate::backend::sqlite) fn lanes_of(&mut self, profile: &Profile) -> Arc<[u32]> {
        self.lanes.eligible(profile)
    }

    /// Whether an agent with this profile could claim something now.
    pub(in crate::backend::sqlite) fn is_ready_for(&mut self, profile: &Profile) -> Result<bool> {
        use crate::engine::Tables as _;
        for lane in self.lanes.eligible(profile).iter() {
            if self.head(*lane)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The lane of a task that stands in one.
pub(super) fn lane_of(lanes: &Lanes, stand: &crate::engine::Stand) -> Sql<u32> {
    match lanes.number(stand.lane) {
        Some(number) => Ok(number),
        None if !stand.is_open() => Ok(0),
        None => Err(corrupt(format!("the lane {} of an open task is missing", stand.lane))),
    }
}
