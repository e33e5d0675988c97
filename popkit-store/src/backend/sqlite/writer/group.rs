//! Group commit: many calls, one transaction; a savepoint for each call that can fail after it
//! wrote.

use rusqlite::Connection;

use super::inbox::Inbox;
use super::job::Job;
use super::wait::Waiters;
use crate::backend::sqlite::classify::{Fault, Sql, commit_failed};
use crate::backend::sqlite::open::{Taken, Turn};
use crate::backend::sqlite::tables::SqliteTables;
use crate::{Durability, Error, ErrorKind, Result};

/// Groups after a failure in which every call gets a savepoint.
const CAREFUL: u32 = 1000;

/// What a group is committed with.
pub(super) struct Committer<'c> {
    connection: &'c Connection,
    pub(super) tables: SqliteTables<'c>,
    turn: &'c Turn,
    /// Whether commits are synced now; changing that costs about a microsecond.
    synced: bool,
    /// Groups in which every call gets a savepoint: after one that failed where it should not,
    /// so that a damaged row fails nobody but those who read it.
    careful: u32,
    /// Whether something was written since the log was last copied back.
    pub(super) wrote: bool,
}

impl<'c> Committer<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        tables: SqliteTables<'c>,
        turn: &'c Turn,
    ) -> Self {
        Self { connection, tables, turn, synced: true, careful: 0, wrote: true }
    }

    /// Runs what is in the inbox in one transaction, commits, answers.
    pub(super) fn commit(&mut self, inbox: &mut Inbox<'_>, waiters: &mut Waiters) {
        let mut jobs = Vec::new();
        if !inbox.begin() {
            return;
        }
        self.careful = self.careful.saturating_sub(1);
        let failure = self.transact(inbox, &mut jobs).err();
        if failure.is_some() {
            self.tables.abandon();
        }
        inbox.expect(jobs.len());
        for job in jobs {
            job.answer(failure.as_ref().map(Error::again), waiters);
        }
    }

    fn transact(&mut self, inbox: &mut Inbox<'_>, jobs: &mut Vec<Box<dyn Job>>) -> Result<()> {
        let done = self.attempt(inbox, jobs);
        if done.is_err() && jobs.is_empty() {
            // Nothing ran; all that gathered is told.
            jobs.extend(inbox.take());
        }
        done
    }

    fn attempt(&mut self, inbox: &mut Inbox<'_>, jobs: &mut Vec<Box<dyn Job>>) -> Result<()> {
        let turn = self.begin(inbox.is_durable())?;
        let committed = self.run(inbox, jobs).map_err(Error::from).and_then(|holds| match holds {
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

    /// Begins a transaction; the answer holds this process's turn.
    fn begin(&mut self, durable: bool) -> Result<Taken<'c>> {
        let durable = durable && self.tables.shared.durability == Durability::PowerSafe;
        if !self.connection.is_autocommit() {
            // Left over by a failure that could not be undone when it happened.
            self.tables.sql.rollback.execute([]).map_err(Fault::from)?;
        }
        self.sync(durable)?;
        let turn = self.turn.take()?;
        self.tables.sql.begin.execute([]).map_err(Fault::from)?;
        Ok(turn)
    }

    /// Runs jobs as long as there are some; answers whether there is something to commit.
    fn run(&mut self, inbox: &mut Inbox<'_>, jobs: &mut Vec<Box<dyn Job>>) -> Sql<bool> {
        self.tables.refresh()?;
        while let Some(mut job) = inbox.next(jobs.len()) {
            let alone = jobs.is_empty() && inbox.is_last();
            let ran = self.run_one(&mut *job, alone);
            jobs.push(job);
            if !ran? {
                return Ok(false);
            }
        }
        self.tables.flush()?;
        Ok(true)
    }

    /// Runs one job; `false` where it was alone and was undone, with its transaction.
    fn run_one(&mut self, job: &mut dyn Job, alone: bool) -> Sql<bool> {
        // It may have been dropped while this process waited for its turn.
        if job.is_abandoned() {
            return Ok(true);
        }
        let now = self.tables.time();
        if alone || (job.is_plain() && self.careful == 0) {
            if job.run(&mut self.tables, now) {
                self.tables.keep();
                return Ok(true);
            }
            if !alone {
                return self.undo_plain();
            }
            // There is nothing else to keep.
            if !self.connection.is_autocommit() {
                self.tables.sql.rollback.execute([])?;
            }
            self.tables.undo_all();
            return Ok(false);
        }
        self.tables.sql.savepoint.execute([])?;
        if job.run(&mut self.tables, now) {
            self.tables.keep();
        } else {
            self.check_open()?;
            self.tables.sql.undo.execute([])?;
            self.tables.undo()?;
        }
        self.tables.sql.keep.execute([])?;
        Ok(true)
    }

    /// A job without a savepoint failed. Where it had written, the transaction is of no use
    /// to the others either: the database cannot be written, or is damaged.
    fn undo_plain(&mut self) -> Sql<bool> {
        self.check_open()?;
        if self.tables.wrote() {
            self.careful = CAREFUL;
            return Err(ended_by_another().into());
        }
        self.tables.undo()?;
        Ok(true)
    }

    /// Some failures end the whole transaction, whatever savepoint they happen in.
    fn check_open(&self) -> Sql<()> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        Err(ended_by_another().into())
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

fn ended_by_another() -> Error {
    let message = "another call of the same group ended the transaction; try again";
    Error::new(ErrorKind::Unavailable, message)
}
