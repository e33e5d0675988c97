//! One channel: where it is read, and what comes next.

use std::fs::File;
use std::io;

use bytes::Bytes;
use popkit_protocol::Channel;

use super::begin::{LogEnd, end_of};
use crate::backend::file::classify::refused;
use crate::backend::file::disk::Window;
use crate::backend::file::disk::folder::{self, Folder};
use crate::backend::file::disk::layout::{SegmentId, segments};
use crate::backend::file::disk::record::{Record, Spot as RecordSpot};
use crate::backend::file::disk::scan::{Found, look};
use crate::backend::file::disk::turn::Mark;
use crate::backend::file::disk::{files, latest, segment};
use crate::backend::file::position::Place as Spot;
use crate::{Delivery, Event, Gap, GapCause, Overflow, Result};

/// Where reading starts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    pub(super) spot: Spot,
    /// The last change of a latest value that was read.
    pub(super) seen: u64,
    /// The cursor was made for another log.
    pub(super) reset: bool,
    /// The log is shorter than the cursor says.
    pub(super) shortened: bool,
}

/// Where a reader that does not follow ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// Repairs before the last message, and its number.
    pub(super) log: (u32, u64),
    /// The last change of a latest value.
    pub(super) changes: u64,
}

/// The segment that is being read.
#[derive(Debug)]
struct Open {
    id: SegmentId,
    file: File,
    /// Where the next record begins.
    at: u64,
}

/// One channel's reading.
#[derive(Debug)]
pub(super) struct Tape {
    channel: Channel,
    folder: Folder,
    turn: Option<File>,
    open: Option<Open>,
    window: Window,
    /// The last message that was read.
    spot: Spot,
    seen: u64,
    /// What is told before anything else.
    first: Option<Event>,
    stop: Option<Stop>,
    /// What was there when the last look found nothing: what the file `turn` said, and the
    /// length of the segment.
    nothing: Option<(Option<Mark>, Option<u64>)>,
}

impl Tape {
    pub(super) fn new(channel: Channel, folder: Folder, start: Start, stop: Option<Stop>) -> Self {
        let first = if start.reset {
            Some(Event::Reset { channel: channel.clone(), resumed: start.spot.position().ok() })
        } else {
            let gap = || Event::Gap(Gap::new(channel.clone(), GapCause::Damage, None));
            start.shortened.then(gap)
        };
        let (spot, seen, window) = (start.spot, start.seen, Window::default());
        let (turn, open, nothing) = (None, None, None);
        Self { channel, folder, turn, open, window, spot, seen, first, stop, nothing }
    }

    /// Whether all was read that there was when it began.
    pub(super) fn is_at_end(&self) -> bool {
        let read = (self.spot.repair, self.spot.number);
        self.stop.is_some_and(|stop| read >= stop.log) && self.first.is_none()
    }

    /// Reads until there are `most` events in all.
    pub(super) fn read(
        &mut self,
        most: usize,
        overflow: Overflow,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        let before = events.len();
        // First, for it may grow while it is read.
        let length = self.length().ok();
        events.extend(self.first.take());
        let mark = self.mark(events)?;
        let refuse = |error: io::Error, tape: &Self| refused("read", &tape.folder.path, error);
        if let Some(mark) = mark
            && self.stop.is_none_or(|stop| self.seen < stop.changes)
            && self.seen < mark.changes
        {
            self.read_latest(mark.changes, events).map_err(|e| refuse(e, self))?;
        }
        if let Overflow::Skip { behind } = overflow {
            self.skip(behind, mark, events).map_err(|e| refuse(e, self))?;
        }
        // However many values there are, the log comes forward.
        let most = most.max(events.len() + 1);
        while events.len() < most && !self.is_at_end() {
            if !self.step(mark, events).map_err(|e| refuse(e, self))? {
                self.give_up(events);
                break;
            }
        }
        let nothing = events.len() == before && length.is_some();
        self.nothing = nothing.then_some((mark, length.flatten()));
        Ok(())
    }

    /// For a reader that does not follow: what it ends with was written before it began, so what
    /// cannot be read now never can.
    fn give_up(&mut self, events: &mut Vec<Event>) {
        let Some(Stop { log: (repair, last), .. }) = self.stop else { return };
        if self.open.is_none() {
            // Its segment was removed just now; the next look finds what there is instead.
            return;
        }
        let missed = last.saturating_sub(self.spot.number);
        (self.spot.repair, self.spot.number) = (repair.max(self.spot.repair), last);
        self.open = None;
        if missed > 0 {
            self.spot.offset = 0;
            self.tell_gap(GapCause::Damage, missed, events);
        }
    }

    /// The length of the segment that is being read.
    fn length(&self) -> io::Result<Option<u64>> {
        self.open.as_ref().map(|open| Ok(open.file.metadata()?.len())).transpose()
    }

    /// Whether nothing changed since a look found nothing: a few calls of the system, where a
    /// look costs a thread its sleep.
    pub(super) fn is_quiet(&self) -> bool {
        let Some((mark, length)) = self.nothing else { return false };
        let same = || -> io::Result<bool> {
            match &self.turn {
                Some(turn) => Ok(files::is_at(turn, &self.folder.path.join("turn"))?
                    && Mark::read(turn)? == mark),
                None => Ok(!self.folder.path.join("turn").try_exists()?),
            }
        };
        same().unwrap_or(false) && self.length().is_ok_and(|now| now == length)
    }

    /// What the file `turn` says. It is opened once, as long as it is there; whenever it has to
    /// be opened again, the whole folder may be another one.
    fn mark(&mut self, events: &mut Vec<Event>) -> Result<Option<Mark>> {
        let path = self.folder.path.join("turn");
        let refuse = |error| refused("read", &path, error);
        if let Some(turn) = &self.turn {
            if files::is_at(turn, &path).map_err(refuse)? {
                return Mark::read(turn).map_err(refuse);
            }
            self.turn = None;
        }
        if let Some(epoch) = folder::read(&self.folder.path, &self.channel)?
            && epoch != self.folder.epoch
        {
            self.begin_anew(epoch);
            let resumed = self.spot.position().ok();
            events.push(Event::Reset { channel: self.channel.clone(), resumed });
        }
        match File::open(&path) {
            // Nothing was published yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refuse(error)),
            Ok(turn) => Mark::read(self.turn.insert(turn)).map_err(refuse),
        }
    }

    fn begin_anew(&mut self, epoch: u64) {
        self.folder.epoch = epoch;
        (self.open, self.turn, self.seen) = (None, None, 0);
        self.window.forget();
        self.spot = Spot { epoch, ..Spot::default() };
    }

    fn read_latest(&mut self, changes: u64, events: &mut Vec<Event>) -> io::Result<()> {
        let (channel, position) = (&self.channel, self.spot.position());
        let Ok(position) = position else { return Ok(()) };
        latest::since((&self.folder.path, self.folder.epoch), self.seen, |key, record| {
            let delivery = deliver(channel, position.clone(), record);
            events.push(Event::Message(delivery.with_latest(key)));
        })?;
        self.seen = changes;
        Ok(())
    }

    /// Goes on with the newest messages, where too many lie ahead.
    fn skip(&mut self, behind: u64, mark: Option<Mark>, events: &mut Vec<Event>) -> io::Result<()> {
        let last = match mark {
            Some(mark) => mark.next - 1,
            None => {
                let LogEnd { number, .. } = end_of(&self.folder)?;
                number
            }
        };
        let read = last.saturating_sub(behind);
        if read > self.spot.number {
            let missed = read - self.spot.number;
            // The last of those that are skipped stands there.
            let all = segments(&self.folder.path)?;
            let holds = all.iter().rev().find(|id| id.first <= read).map(|id| id.repair);
            self.spot.repair = holds.unwrap_or(self.spot.repair);
            (self.spot.number, self.open, self.spot.offset) = (read, None, 0);
            self.tell_gap(GapCause::Overflow, missed, events);
        }
        Ok(())
    }

    fn tell_gap(&self, cause: GapCause, missed: u64, events: &mut Vec<Event>) {
        let gap = Gap::new(self.channel.clone(), cause, Some(missed));
        events.push(Event::Gap(match self.spot.position() {
            Ok(position) => gap.resumed_after(position),
            Err(_) => gap,
        }));
    }

    /// Reads one record, or goes on to the next segment; `false` where there is nothing.
    fn step(&mut self, mark: Option<Mark>, events: &mut Vec<Event>) -> io::Result<bool> {
        if self.open.is_none() && !self.open_segment(events)? {
            return Ok(false);
        }
        let Some(open) = &mut self.open else { return Ok(false) };
        match look(
            &open.file,
            &mut self.window,
            RecordSpot { epoch: self.folder.epoch, at: open.at },
        )? {
            Found::Record(record, behind) => {
                let missed = record.number.saturating_sub(self.spot.number + 1);
                let repeated = record.number <= self.spot.number;
                open.at = behind;
                if repeated {
                    return Ok(true);
                }
                let before = record.number - 1;
                self.spot = Spot {
                    epoch: self.folder.epoch,
                    repair: open.id.repair,
                    number: record.number,
                    offset: behind,
                };
                let position = self.spot.position().map_err(io::Error::other)?;
                let message = Event::Message(deliver(&self.channel, position, &record));
                if missed > 0 {
                    let gap = Gap::new(self.channel.clone(), GapCause::Damage, Some(missed));
                    let spot = Spot { number: before, ..self.spot };
                    let resumed = spot.position().map_err(io::Error::other)?;
                    events.push(Event::Gap(gap.resumed_after(resumed)));
                }
                events.push(message);
                Ok(true)
            }
            Found::Damage(Some(behind)) => {
                open.at = behind;
                Ok(true)
            }
            Found::End | Found::Damage(None) => self.next_segment(mark, events),
        }
    }

    /// Opens the segment with the next message; `false` where there is none yet.
    fn open_segment(&mut self, events: &mut Vec<Event>) -> io::Result<bool> {
        self.window.forget();
        let all = segments(&self.folder.path)?;
        let wanted = self.spot.number + 1;
        let Some(id) =
            all.iter().rev().find(|id| id.first <= wanted).or_else(|| all.first()).copied()
        else {
            return Ok(false);
        };
        if id.first > wanted {
            // Retention removed what comes next.
            self.spot.number = id.first - 1;
            self.spot.offset = 0;
            self.tell_gap(GapCause::Retention, id.first - wanted, events);
        } else if id.repair > self.spot.repair && id.first < wanted {
            // What was read under these numbers was damaged since, and they were given again.
            self.spot.number = id.first - 1;
            self.spot.offset = 0;
        }
        let file = match File::open(id.path(&self.folder.path)) {
            // Removed between looking and opening: look again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        let hinted = id.repair == self.spot.repair
            && self.spot.offset > segment::HEAD
            && self.spot.number >= id.first;
        let hint = self.spot.offset;
        let at = if hinted && self.continues_at(&file, hint)? { hint } else { segment::HEAD };
        self.open = Some(Open { id, file, at });
        Ok(true)
    }

    /// Whether the next message, or the end, stands there.
    fn continues_at(&mut self, file: &File, at: u64) -> io::Result<bool> {
        let length = file.metadata()?.len();
        let next = self.spot.number + 1;
        if at > length {
            // A position may say anything.
            return Ok(false);
        }
        Ok(match look(file, &mut self.window, RecordSpot { epoch: self.folder.epoch, at })? {
            Found::Record(record, _) => record.number == next,
            Found::End => at == length,
            Found::Damage(_) => false,
        })
    }

    /// Whether there may be a segment that the mark does not know: the mark is not synced, so
    /// after a power cut it can be older than the log.
    fn may_go_on(&self, id: SegmentId) -> bool {
        let next = SegmentId { first: self.spot.number + 1, repair: id.repair };
        // A reader that does not follow would give up what is there.
        self.stop.is_some() || next.path(&self.folder.path).exists()
    }

    /// Nothing more can be read here: goes on to the next segment, where there is one.
    fn next_segment(&mut self, mark: Option<Mark>, events: &mut Vec<Event>) -> io::Result<bool> {
        let Some(open) = &self.open else { return Ok(false) };
        let (id, at) = (open.id, open.at);
        // Where more may come, what was read of the end is old.
        self.window.forget();
        if mark.is_some_and(|mark| mark.segment == id) && !self.may_go_on(id) {
            return Ok(false);
        }
        let Some(next) = segments(&self.folder.path)?.into_iter().find(|other| *other > id) else {
            return Ok(false);
        };
        // It was made after the last message here: once more, what was written meanwhile.
        let cause = match look(
            &open.file,
            &mut self.window,
            RecordSpot { epoch: self.folder.epoch, at },
        )? {
            Found::Record(..) | Found::Damage(Some(_)) => return Ok(true),
            Found::End => GapCause::Retention,
            Found::Damage(None) => GapCause::Damage,
        };
        let file = match File::open(next.path(&self.folder.path)) {
            // Removed between looking and opening: look again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        let missed = next.first.saturating_sub(self.spot.number + 1);
        if missed > 0 || (next.repair > self.spot.repair && next.first <= self.spot.number) {
            self.spot.number = next.first - 1;
        }
        (self.spot.repair, self.spot.offset) = (next.repair, segment::HEAD);
        self.open = Some(Open { id: next, file, at: segment::HEAD });
        if missed > 0 {
            self.tell_gap(cause, missed, events);
        }
        Ok(true)
    }
}

fn deliver(channel: &Channel, position: crate::Position, record: &Record<'_>) -> Delivery {
    let payload = Bytes::copy_from_slice(record.payload);
    Delivery::new(channel.clone(), position, payload, record.at)
        .with_stamp(record.stamp)
        .with_headers(record.headers.clone())
}
