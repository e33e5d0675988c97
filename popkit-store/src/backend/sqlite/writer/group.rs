//! Group commit: many calls, one transaction, a savepoint each.

use rusqlite::Connection;

use super::job::Job;
use super::wait::Waiters;
use crate::backend::sqlite::classify::{Fault, Sql, commit_failed};
use crate::backend::sqlite::open::Turn;
use crate::backend::sqlite::tables::SqliteTables;
use crate::{Durability, Error, OutcomeKind, Result};

/// What a group is committed with.
pub(super) struct Committer<'c> {
    connection: &'c Connection,
    pub(super) tables: SqliteTables<'c>,
    turn: &'c Turn,
    /// Whether commits are synced now; changing that costs about a microsecond.
    synced: bool,
    /// Whether something was written since the log was last copied back.
    pub(super) wrote: bool,
}

impl<'c> Committer<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        tables: SqliteTables<'c>,
        turn: &'c Turn,
    ) -> Self {
        Self { connection, tables, turn, synced: true, wrote: true }
    }

    /// Runs the jobs in one transaction, commits, answers.
    pub(super) fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>, waiters: &mut Waiters) {
        jobs.retain(|job| !job.is_abandoned());
        if jobs.is_empty() {
            return;
        }
        let failure = self.transact(&mut jobs).err();
        if failure.is_some() {
            self.tables.abandon();
        }
        for job in jobs {
            job.answer(failure.as_ref().map(again), waiters);
        }
    }

    fn transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<()> {
        let durable = self.tables.shared.durability == Durability::PowerSafe
            && jobs.iter().any(|job| job.is_durable());
        if !self.connection.is_autocommit() {
            // Left over by a failure that could not be undone when it happened.
            self.tables.sql.rollback.execute([]).map_err(Fault::from)?;
        }
        self.sync(durable)?;
        let turn = self.turn.take()?;
        self.tables.sql.begin.execute([]).map_err(Fault::from)?;
        let committed = self.run(jobs).map_err(Error::from).and_then(|holds| match holds {
            true => self.tables.sql.commit.execute([]).map_err(commit_failed),
            false => Ok(0),
        });
        if committed.is_err() && !self.connection.is_autocommit() {
            // Where this fails too, the next BEGIN does, and its callers are told.
            let _ = self.tables.sql.rollback.execute([]);
        }
        self.wrote = true;
        drop(turn);
        committed.map(|_| ())
    }

    /// Runs the jobs; answers whether there is something to commit.
    fn run(&mut self, jobs: &mut [Box<dyn Job>]) -> Sql<bool> {
        self.tables.refresh()?;
        if let [job] = jobs {
            // It may have been dropped while this process waited for its turn.
            if job.is_abandoned() {
                return Ok(true);
            }
            let now = self.tables.time();
            if job.run(&mut self.tables, now) {
                self.tables.keep();
                self.tables.flush()?;
                return Ok(true);
            }
            // Alone, it needs no savepoint: there is nothing else to keep.
            if !self.connection.is_autocommit() {
                self.tables.sql.rollback.execute([])?;
            }
            self.tables.undo_all();
            return Ok(false);
        }
        for job in jobs.iter_mut().filter(|job| !job.is_abandoned()) {
            self.tables.sql.savepoint.execute([])?;
            let now = self.tables.time();
            if job.run(&mut self.tables, now) {
                self.tables.keep();
            } else {
                self.check_open()?;
                self.tables.sql.undo.execute([])?;
                self.tables.undo()?;
            }
            self.tables.sql.keep.execute([])?;
        }
        self.tables.flush()?;
        Ok(true)
    }

    /// Some failures end the whole transaction, whatever savepoint they happen in.
    fn check_open(&self) -> Sql<()> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        let message = "another call of the same group ended the transaction; try again";
        Err(Error::new(crate::ErrorKind::Unavailable, message).into())
    }

    fn sync(&mut self, durable: bool) -> Sql<()> {
        if self.synced != durable {
            let level = if durable { "FULL" } else { "NORMAL" };
            self.connection.execute_batch(&format!("PRAGMA synchronous = {level}"))?;
            self.synced = durable;
        }
        Ok(())
    }

    /// Copies the log back into the database and empties it, if nobody is in the way.
    pub(super) fn checkpoint(&mut self) {
        let Some(_turn) = self.turn.take_if_free() else { return };
        let patience = self.tables.shared.patience;
        // Readers of other processes may take their time; nobody waits for this.
        let _ = self.connection.busy_timeout(std::time::Duration::ZERO);
        let done = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        let _ = self.connection.busy_timeout(patience);
        self.wrote = !matches!(done, Ok(0));
    }
}

/// The same error for another caller.
fn again(error: &Error) -> Error {
    let copy = Error::new(error.kind(), error.message());
    if error.outcome() == OutcomeKind::Unknown { copy.unknown() } else { copy }
}
