//! One channel: its lock, its end.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use popkit_protocol::{Channel, Durability};

use super::item::Item;
use super::prune::prune;
use super::tail::{Site, Tail};
use crate::backend::file::classify::refused;
use crate::backend::file::disk::record::{Record, Spot};
use crate::backend::file::disk::turn::Locked;
use crate::backend::file::disk::{files, folder, latest};
use crate::backend::file::position::Place;
use crate::backend::file::shared::Shared;
use crate::{Error, ErrorKind, LatestKey, Receipt, Result, Retention, Stamp};

pub(super) type Answered = (Item, Result<Receipt>);

/// The end of one channel's log, for this process.
#[derive(Debug)]
pub(super) struct Appender {
    folder: PathBuf,
    epoch: u64,
    turn: File,
    tail: Option<Tail>,
}

/// What became of an append.
pub(super) struct Appended {
    pub(super) items: Vec<Answered>,
    /// What is to be synced before they are answered.
    pub(super) file: Option<Arc<File>>,
    /// A sync that failed already: asking again would not tell.
    pub(super) unsynced: Option<Error>,
    /// Whether the appender can go on; if not, another is to be opened.
    pub(super) usable: bool,
}

impl Appended {
    pub(super) fn failed(items: Vec<Item>, error: &Error) -> Self {
        let items = items.into_iter().map(|item| (item, Err(error.again()))).collect();
        Self { items, file: None, unsynced: None, usable: false }
    }
}

/// A message whose record is not written yet.
struct Pending {
    item: Item,
    receipt: Receipt,
    /// Where its record will end.
    end: u64,
    /// Its sequence, where this handle gave it.
    given: Option<u64>,
}

/// What one append has in hand.
struct Work<'a> {
    shared: &'a Shared,
    site: Site<'a>,
    tail: Tail,
    /// Records that are not written yet, whose they are, and where each will end.
    bytes: Vec<u8>,
    pending: Vec<Pending>,
    done: Vec<Answered>,
    /// The last sequence given, and the last whose message was written or may have been.
    sequence: u64,
    written: u64,
    unsynced: Option<Error>,
}

impl Appender {
    pub(super) fn open(shared: &Shared, channel: &Channel) -> Result<Self> {
        let made = folder::ensure(shared, channel)?;
        let path = made.path.join("turn");
        let turn = files::open_or_create(&path).map_err(|e| refused("open", &path, e))?;
        Ok(Self { folder: made.path, epoch: made.epoch, turn, tail: None })
    }

    /// Appends, in this order. `sequence` is the last that this handle gave on the channel.
    pub(super) fn append(
        &mut self,
        shared: &Shared,
        items: Vec<Item>,
        sequence: &mut u64,
    ) -> Appended {
        let turn = match lock(&self.folder, &self.turn) {
            Ok(turn) => turn,
            Err(error) => return Appended::failed(items, &error),
        };
        let now = shared.clock.now();
        let synced = shared.durability == Durability::PowerSafe;
        let site = Site { folder: &self.folder, turn: &self.turn, epoch: self.epoch, now, synced };
        let tail = match Tail::refresh(self.tail.take(), site) {
            Ok(tail) => tail,
            Err(error) => {
                return Appended::failed(items, &refused("write to", &self.folder, error));
            }
        };
        let mut work = Work {
            shared,
            site,
            tail,
            bytes: Vec::new(),
            pending: Vec::new(),
            done: Vec::with_capacity(items.len()),
            sequence: *sequence,
            written: *sequence,
            unsynced: None,
        };
        let usable = work.run(items);
        *sequence = work.written;
        let (items, tail, unsynced) = (work.done, work.tail, work.unsynced);
        drop(turn);
        let file = Some(Arc::clone(&tail.file));
        self.tail = Some(tail);
        Appended { items, file, unsynced, usable }
    }
}

/// Waits for the turn to write.
fn lock<'t>(folder: &Path, turn: &'t File) -> Result<Locked<'t>> {
    let path = folder.join("turn");
    let locked = match Locked::take(turn) {
        Ok(Some(locked)) => locked,
        Ok(None) => {
            let path = path.display();
            let message = format!("another process keeps the lock {path}; end it or try again");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Err(error) => return Err(refused("lock", &path, error)),
    };
    // Only now: the folder may have been removed, or moved away, while this process waited.
    if files::is_at(turn, &path).map_err(|e| refused("look at", &path, e))? {
        return Ok(locked);
    }
    let message = format!("{} was removed; try again", folder.display());
    Err(Error::new(ErrorKind::Unavailable, message))
}

impl Work<'_> {
    /// Appends all; `false` where what is known of the log must be found out anew.
    fn run(&mut self, items: Vec<Item>) -> bool {
        let mut items = items.into_iter();
        while let Some(item) = items.next() {
            let taken = match item.opts.retention.clone() {
                Retention::Log => self.take(item),
                Retention::Latest(key) => self.replace(item, &key),
            };
            if let Err(error) = taken.and_then(|()| self.flush_if_large()) {
                return self.give_up(items, &error);
            }
        }
        match self.flush() {
            Ok(()) => true,
            Err(error) => self.give_up(items, &error),
        }
    }

    fn give_up(&mut self, rest: impl Iterator<Item = Item>, error: &Error) -> bool {
        let pending = std::mem::take(&mut self.pending).into_iter().map(|pending| pending.item);
        let failed: Vec<Item> = pending.chain(rest).collect();
        self.done.extend(failed.into_iter().map(|item| (item, Err(error.again()))));
        false
    }

    /// Takes a message into the next write.
    fn take(&mut self, item: Item) -> Result<()> {
        let number = self.tail.next + self.pending.len() as u64;
        if self.is_full(number)
            && let Err(error) = self.flush().and_then(|()| self.roll())
        {
            self.done.push((item, Err(error.again())));
            return Err(error);
        }
        let number = self.tail.next + self.pending.len() as u64;
        let given = item.opts.stamp.is_none().then_some(self.sequence + 1);
        let own = Stamp { producer: self.shared.producer, sequence: self.sequence + 1 };
        let stamp = item.opts.stamp.unwrap_or(own);
        self.sequence = given.unwrap_or(self.sequence);
        let at = self.site.now;
        let record = Record {
            number,
            at,
            stamp,
            headers: item.opts.headers.clone(),
            payload: &item.payload,
        };
        let at = self.tail.length + self.bytes.len() as u64;
        record.encode(Spot { epoch: self.site.epoch, at }, &mut self.bytes);
        let offset = self.tail.length + self.bytes.len() as u64;
        let place =
            Place { epoch: self.site.epoch, repair: self.tail.head.id.repair, number, offset };
        let receipt = Receipt::new(place.position()?, stamp, self.site.now);
        self.pending.push(Pending { item, receipt, end: offset, given });
        Ok(())
    }

    /// Whether a message of this number belongs into the next segment.
    fn is_full(&self, number: u64) -> bool {
        let bounds = self.shared.bounds;
        let length = self.tail.length + self.bytes.len() as u64;
        let head = self.tail.head;
        number > head.id.first
            && (length >= bounds.bytes
                || number - head.id.first >= bounds.messages
                || bounds.age.is_some_and(|age| self.site.now.since(head.made) > age))
    }

    fn roll(&mut self) -> Result<()> {
        let folder = self.site.folder;
        if self.site.synced
            && let Err(error) = self.tail.file.sync_data()
        {
            // Whoever is answered for the next segment is answered for this one, too.
            let error = refused("sync the log in", folder, error).unknown();
            self.unsynced = Some(error.again());
            return Err(error);
        }
        self.tail =
            self.tail.roll(self.site).map_err(|e| refused("begin a segment in", folder, e))?;
        let pruned = prune(folder, self.shared.keep, self.tail.next, self.site.now);
        // Whatever keeps it from being removed does not keep messages from being accepted.
        if let Err(_error) = pruned {
            #[cfg(feature = "tracing")]
            tracing::warn!(folder = %folder.display(), error = %_error, "cannot remove old segments");
        }
        Ok(())
    }

    fn flush_if_large(&mut self) -> Result<()> {
        if self.bytes.len() >= 1024 * 1024 { self.flush() } else { Ok(()) }
    }

    /// Writes what was taken.
    fn flush(&mut self) -> Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.bytes);
        let end = self.tail.length + bytes.len() as u64;
        let written = (&*self.tail.file).write_all(&bytes);
        let end = if written.is_ok() { end } else { self.written_up_to() };
        self.accept(end);
        // A mark that cannot be written is one that nobody believes.
        let _ = self.tail.mark().write(self.site.turn);
        written.map_err(|e| refused("write to", &self.tail.head.id.path(self.site.folder), e))
    }

    /// How far the file goes after a write that failed: some records may be there as a whole.
    fn written_up_to(&self) -> u64 {
        self.tail.file.metadata().map_or(self.tail.length, |file| file.len())
    }

    /// Accepts the records up to `end`: readers may have seen them already, so that those that
    /// are whole stay, whatever became of the rest.
    fn accept(&mut self, end: u64) {
        let whole = self.pending.iter().take_while(|pending| pending.end <= end).count();
        for pending in self.pending.drain(..whole) {
            self.written = pending.given.unwrap_or(self.written);
            self.tail.length = pending.end;
            self.tail.next += 1;
            self.done.push((pending.item, Ok(pending.receipt)));
        }
        self.sequence = self.written;
        if end > self.tail.length {
            // The beginning of a record, which nobody can have read. Where it cannot be removed,
            // the next append goes on in a new segment.
            let _ = self.tail.file.set_len(self.tail.length);
        }
    }

    fn replace(&mut self, item: Item, key: &LatestKey) -> Result<()> {
        if let Err(error) = self.flush() {
            self.done.push((item, Err(error.again())));
            return Err(error);
        }
        let answer = self.try_replace(&item, key);
        self.done.push((item, answer));
        Ok(())
    }

    fn try_replace(&mut self, item: &Item, key: &LatestKey) -> Result<Receipt> {
        let (number, at) = (self.tail.changes + 1, self.site.now);
        let producer = self.shared.latest_producer;
        let stamp = item.opts.stamp.unwrap_or(Stamp { producer, sequence: number });
        let record = Record {
            number,
            at,
            stamp,
            headers: item.opts.headers.clone(),
            payload: &item.payload,
        };
        let synced = self.site.synced && item.is_durable();
        latest::write(self.site.folder, self.site.epoch, key, &record, synced)
            .map_err(|e| refused("write a value in", self.site.folder, e))?;
        self.tail.changes = number;
        let _ = self.tail.mark().write(self.site.turn);
        Ok(Receipt::new(self.end()?, stamp, at))
    }

    /// The position of the last message of the log.
    fn end(&self) -> Result<crate::Position> {
        Place {
            epoch: self.site.epoch,
            repair: self.tail.head.id.repair,
            number: self.tail.next - 1,
            offset: self.tail.length,
        }
        .position()
    }
}
