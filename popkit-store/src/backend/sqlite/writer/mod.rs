//! The one thread that writes.
//!
//! Calls come by a channel. Whatever has gathered while a transaction was under way becomes
//! the next one: under load the cost of a commit is shared, without load nobody waits.
//!
//! | Room | Holds |
//! |---|---|
//! | `inbox` | calls that wait, and who is waited for |
//! | `job` | a call on its way |
//! | `group` | many calls, one transaction |
//! | `wait` | agents with nothing to do |

mod group;
mod inbox;
mod job;
mod wait;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use self::group::Committer;
use self::inbox::{Inbox, Wait};
pub(super) use self::job::{Call, Job};
use self::wait::Maintain;
pub(super) use self::wait::{Look, Waiters};
use super::SqliteStore;
use super::classify::Sql;
use super::open::Opened;
use super::shared::Shared;
use super::tables::SqliteTables;
use crate::{Error, ErrorKind, Result};

/// Without calls for so long the log is copied back and emptied.
const IDLE: Duration = Duration::from_millis(500);
/// The shortest and the longest pause between two looks for other processes' work, while
/// somebody waits.
const POLL: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));

/// What the writer is sent.
pub(super) enum Message {
    /// A call.
    Job(Box<dyn Job>),
    /// Somebody was woken and went: whoever else waits may be needed.
    HandOn,
    /// Finish what came before, then end. Answered when the files are closed.
    Close(oneshot::Sender<()>),
}

/// Starts the thread and waits until it is ready.
pub(super) fn start(shared: Arc<Shared>, opened: Opened) -> Result<SqliteStore> {
    let (sender, inbox) = channel();
    let (ready, started) = channel();
    let store = SqliteStore::new(Arc::clone(&shared), sender);
    let name = "popkit-sqlite".to_owned();
    let work = move || run(&shared, opened, &inbox, &ready);
    thread::Builder::new().name(name).spawn(work).map_err(|error| {
        let message = "cannot start a thread for the store";
        Error::new(ErrorKind::Unavailable, message).with_source(error)
    })?;
    match started.recv() {
        Ok(verdict) => verdict.map(|()| store),
        Err(_) => Err(Error::new(ErrorKind::Unexpected, "the writer of the store did not start")),
    }
}

fn run(
    shared: &Arc<Shared>,
    opened: Opened,
    inbox: &Receiver<Message>,
    ready: &Sender<Result<()>>,
) {
    let Opened { connection, turn, presence } = opened;
    let ended = match SqliteTables::new(&connection, Arc::clone(shared)) {
        Err(fault) => {
            let _ = ready.send(Err(fault.into()));
            return;
        }
        Ok(tables) => {
            let _ = ready.send(Ok(()));
            let committer = Committer::new(&connection, tables, &turn);
            let waiters = Waiters::default();
            let poll = Poll::default();
            let inbox = Inbox::new(inbox);
            Writer { committer, inbox, waiters, poll, eager: false, idle: Duration::ZERO }.run()
        }
    };
    // The last connection to close removes the log; the readers' are first.
    shared.close();
    shared.readers.close();
    let _ = connection.close();
    drop((turn, presence));
    if let Some(reply) = ended {
        let _ = reply.send(());
    }
}

struct Writer<'c> {
    committer: Committer<'c>,
    inbox: Inbox<'c>,
    waiters: Waiters,
    poll: Poll,
    /// Whether something came just now.
    eager: bool,
    /// How long nothing came.
    idle: Duration,
}

impl Writer<'_> {
    /// Works until it is closed, or nobody has a handle any more.
    fn run(mut self) -> Option<oneshot::Sender<()>> {
        let reply = loop {
            match self.next() {
                Wait::End => break None,
                Wait::Quiet => self.look_around(),
                Wait::Some => {
                    (self.eager, self.idle) = (true, Duration::ZERO);
                    self.poll.reset();
                    self.commit();
                    if std::mem::take(&mut self.inbox.hand_on) {
                        self.wake_all_needed();
                    }
                    if let Some(reply) = self.inbox.close.take() {
                        // What came before it is made in full.
                        self.commit();
                        break Some(reply);
                    }
                }
            }
        };
        self.committer.tables.shared.close();
        self.waiters.clear();
        if self.committer.wrote {
            self.committer.checkpoint();
        }
        reply
    }

    fn next(&mut self) -> Wait {
        let looked = self.inbox.look(std::mem::take(&mut self.eager));
        if !matches!(looked, Wait::Quiet) {
            return looked;
        }
        let nap = self.nap();
        let slept = self.inbox.sleep(nap);
        if matches!(slept, Wait::Quiet) {
            self.idle += nap.unwrap_or_default();
        }
        slept
    }

    /// How long to sleep at most; `None`: until something comes.
    fn nap(&mut self) -> Option<Duration> {
        self.waiters.tidy();
        if self.waiters.is_empty() {
            return self.committer.wrote.then_some(IDLE.saturating_sub(self.idle));
        }
        let poll = self.poll.next();
        // Known, unless somebody else wrote; then the next look finds out.
        let tables = &mut self.committer.tables;
        let timer = tables.known_timer().map(|at| at.since(tables.shared.now()));
        Some(timer.map_or(poll, |timer| timer.clamp(Duration::from_millis(1), poll)))
    }

    /// Makes a transaction of what has gathered.
    fn commit(&mut self) {
        let parked = self.waiters.len();
        self.committer.commit(&mut self.inbox, &mut self.waiters);
        let readied = self.committer.tables.take_readied();
        let more = self.committer.tables.take_more();
        // Somebody who may have been woken for a task found nothing and parked: another, whose
        // work that agent took instead, is woken for what is left.
        let parks = self.waiters.len() > parked && parked > 0;
        if parks || more {
            self.wake_all_needed();
            return;
        }
        if readied.is_empty() || self.waiters.is_empty() {
            return;
        }
        // A task that was claimed in the same transaction is nobody's to wait for.
        let Ok(mut ready) = self.committer.tables.claimable_lanes() else { return };
        for (lane, left) in &mut ready {
            let fresh = readied.iter().filter(|readied| *readied == lane).count();
            *left = (*left).min(i64::try_from(fresh).unwrap_or(i64::MAX));
        }
        self.wake(&mut ready);
    }

    /// Wakes as many as there are tasks to be claimed, whenever they became so.
    fn wake_all_needed(&mut self) {
        if self.waiters.is_empty() {
            return;
        }
        // A failure here comes again with the next call, which has somebody to tell.
        if let Ok(mut ready) = self.committer.tables.claimable_lanes() {
            self.wake(&mut ready);
        }
    }

    fn wake(&mut self, ready: &mut [(u32, i64)]) {
        let tables = &mut self.committer.tables;
        self.waiters.wake(ready, |profile| tables.lanes_of(profile));
    }

    /// Nothing came for a while.
    fn look_around(&mut self) {
        if self.idle >= IDLE && self.committer.wrote {
            self.committer.checkpoint();
            self.idle = Duration::ZERO;
        }
        if self.waiters.is_empty() {
            return;
        }
        let tables = &mut self.committer.tables;
        // A failure here comes again with the next call, which has somebody to tell.
        let _ = look(tables);
        if tables.take_more() {
            self.poll.reset();
            self.wake_all_needed();
        }
        let tables = &self.committer.tables;
        let due = tables.known_timer().is_some_and(|at| at <= tables.shared.now());
        if due || tables.has_deferred() {
            self.inbox.add(Box::new(Maintain));
            self.commit();
        }
    }
}

/// Brings the caches up to date without writing.
fn look(tables: &mut SqliteTables<'_>) -> Sql<()> {
    tables.sql.look.execute([])?;
    let looked = tables.refresh().and_then(|()| tables.learn_timer());
    tables.sql.commit.execute([])?;
    looked
}

/// The pauses between two looks: they grow while nothing happens, and differ from process to
/// process so that not all look at once.
#[derive(Debug)]
struct Poll {
    pause: Duration,
    dice: u32,
}

impl Default for Poll {
    fn default() -> Self {
        Self { pause: POLL.0, dice: std::process::id() | 1 }
    }
}

impl Poll {
    fn reset(&mut self) {
        self.pause = POLL.0;
    }

    fn next(&mut self) -> Duration {
        // Xorshift: any sequence will do that differs between processes.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        let pause = self.pause;
        self.pause = (pause * 2).min(POLL.1);
        pause - pause / 4 / 256 * (self.dice % 256)
    }
}
