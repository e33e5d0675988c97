//! A reader of streams.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::entry::read_streams;
use super::event::{StreamEvent, StreamStart};
use super::id::StreamId;
use super::judge::{Verdict, judge};
use super::nudge::{Nudge, Way};
use super::options::{Follow, ReaderOptions};
use super::pace::Pace;
use super::place::Place;
use super::summary::Summary;
use super::work::{self, Done, Share};
use crate::poll::{Bounds, is_stop};
use crate::{Command, Dedicated, Error, ErrorKind, Redis, Result};

/// Reads streams from places of its own, and takes nothing from others.
///
/// - Entries of one stream come in its order, each once. What follows is asked for only when
///   [`next`](Self::next) is: a caller that is slow holds nothing in memory but one batch.
/// - What was removed unread is told as [`StreamEvent::Gap`], a stream that is another one as
///   [`StreamEvent::Reset`], at the latest when the reader has caught up and looks again.
/// - Trouble (a lost connection, a failover, a server that is silent) is mended here, with
///   growing pauses and without limit, and reading goes on at the same place.
pub struct StreamReader {
    redis: Redis,
    options: ReaderOptions,
    follow: Follow,
    /// How often it looks.
    looks: Duration,
    streams: Vec<Stream>,
    events: VecDeque<(StreamEvent, StreamId)>,
    /// What is waited for. It is kept when the caller drops [`next`](Self::next), and goes on
    /// with the next call: nothing that was asked for is lost.
    waiting: Option<Waiting>,
    line: Option<Box<dyn Dedicated>>,
    nudge: Arc<Notify>,
    pace: Pace,
}

type Waiting = Pin<Box<dyn Future<Output = Done> + Send>>;

struct Stream {
    key: String,
    place: Place,
    /// Up to where its events were given out.
    given: StreamId,
}

impl StreamReader {
    /// Begins to read these streams, which need not exist yet. Nothing that is added after the
    /// answer is missed by a reader that starts now. One round trip.
    ///
    /// # Errors
    ///
    /// `InvalidInput` where there is no stream, a key twice, or an option out of its range;
    /// `Unsupported` for blocking over a wire that cannot; `Corrupt` where a key holds no
    /// stream; those of [`Wire::pipeline`](crate::Wire::pipeline).
    pub async fn open(
        redis: Redis,
        streams: Vec<(String, StreamStart)>,
        options: ReaderOptions,
    ) -> Result<Self> {
        let follow = options.check(redis.capabilities())?;
        check_keys(&streams)?;
        let looks = options.looks(redis.capabilities());
        let is_known = |(_, start): &(String, StreamStart)| matches!(start, StreamStart::After(_));
        let answers = if options.check_first || !streams.iter().all(is_known) {
            let questions = streams.iter().map(|(key, _)| Summary::question(key)).collect();
            Some(redis.pipeline(questions).await?)
        } else {
            None
        };
        let mut reader = Self {
            pace: Pace::new(follow, redis.counters().generation),
            redis,
            options,
            follow,
            looks,
            streams: Vec::new(),
            events: VecDeque::new(),
            waiting: None,
            line: None,
            nudge: Arc::new(Notify::new()),
        };
        let mut answers = answers.map(Vec::into_iter);
        for (key, start) in streams {
            let found = match &mut answers {
                Some(answers) => answers.next().map(Summary::read).transpose()?,
                None => None,
            };
            let place = Place::new(start, found.flatten().as_ref());
            reader.streams.push(Stream { key, place, given: place.read });
            if let Some(found) = found {
                reader.judge(reader.streams.len() - 1, found.as_ref());
            }
        }
        Ok(reader)
    }

    /// The next thing to tell. Waits without limit.
    ///
    /// Cancel-safe: dropping it loses nothing, and costs nothing.
    ///
    /// # Errors
    ///
    /// What trying again cannot mend: `PermissionDenied`, `Unauthenticated`, `Corrupt`,
    /// `Closed` …; what lasts longer than [`patience`](ReaderOptions::patience); `RateLimited`
    /// where a quota is used up and nothing is to be asked for 30 s or more, which is kept to.
    /// The reader can be asked again after an error, and goes on where it was.
    pub async fn next(&mut self) -> Result<StreamEvent> {
        loop {
            if let Some(event) = self.give() {
                return Ok(event);
            }
            let waiting = match &mut self.waiting {
                Some(waiting) => waiting,
                None => {
                    let begun = self.begin()?;
                    self.waiting.insert(begun)
                }
            };
            let done = waiting.as_mut().await;
            self.waiting = None;
            // The poll has waited for as long as the patience is.
            let is_borne = matches!(done, Done::Found(_)) && self.options.patience.is_some();
            match self.take(done) {
                Ok(()) => {}
                Err(error) => self.bear(error, is_borne)?,
            }
        }
    }

    /// The place up to which everything was told of a stream: to begin there again with
    /// [`StreamStart::After`].
    #[must_use]
    pub fn position(&self, stream: usize) -> Option<StreamId> {
        self.streams.get(stream).map(|stream| stream.given)
    }

    /// What makes the reader ask at once.
    #[must_use]
    pub fn nudge(&self) -> Nudge {
        Nudge(match self.is_shared() {
            true => Way::Shared(self.redis.clone()),
            false => Way::Own(Arc::clone(&self.nudge)),
        })
    }

    /// Whether others who wait over the same wire are asked for together with it.
    fn is_shared(&self) -> bool {
        matches!(self.follow, Follow::Poll { .. }) && !self.redis.capabilities().blocking
    }

    fn give(&mut self) -> Option<StreamEvent> {
        let (event, up_to) = self.events.pop_front()?;
        let (StreamEvent::Entries { stream, .. }
        | StreamEvent::Gap { stream, .. }
        | StreamEvent::Reset { stream }) = &event;
        if let Some(stream) = self.streams.get_mut(*stream) {
            stream.given = up_to;
        }
        Some(event)
    }

    /// What to wait for next.
    fn begin(&mut self) -> Result<Waiting> {
        let pause = self.pace.pause();
        if self.pace.should_look(self.looks) {
            let questions = self.streams.iter().map(|one| Summary::question(&one.key)).collect();
            return Ok(Box::pin(work::look(pause, self.redis.clone(), questions)));
        }
        if self.is_shared() {
            let places = self.streams.iter().map(|one| (one.key.clone(), one.place.read));
            let bounds = match self.options.follow {
                Some(Follow::Poll { least, most }) => Some(Bounds::exactly(least, most)),
                _ => None,
            };
            let (count, patience) = (self.options.batch, self.options.patience);
            let share = Share { after: places.collect(), count, bounds, patience };
            let most = self.pace.may_wait(self.looks);
            return Ok(Box::pin(work::join(pause, self.redis.clone(), share, most)));
        }
        let mut question = Command::new("XREAD").arg("COUNT").arg(self.options.batch);
        if let Follow::Block(time) = self.follow {
            let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            question = question.arg("BLOCK").arg(time);
        }
        question = question
            .arg("STREAMS")
            .args(self.streams.iter().map(|stream| &stream.key))
            .args(self.streams.iter().map(|stream| stream.place.read));
        Ok(match self.follow {
            Follow::Block(time) => {
                let line = match self.line.take() {
                    Some(line) => line,
                    None => self.redis.dedicated()?,
                };
                Box::pin(work::block(pause, line, question, time))
            }
            Follow::Poll { .. } => {
                let pause = pause.max(self.pace.interval());
                let nudge = Arc::clone(&self.nudge);
                Box::pin(work::poll(pause, self.redis.clone(), question, nudge))
            }
        })
    }

    fn take(&mut self, done: Done) -> Result<()> {
        match done {
            Done::Looked(answers) => {
                let answers = answers?;
                for (stream, answer) in answers.into_iter().enumerate() {
                    let found = Summary::read(answer)?;
                    self.judge(stream, found.as_ref());
                }
                self.pace.looked();
                Ok(())
            }
            Done::Found(found) => {
                let made = self.redis.counters().generation;
                self.pace.asked();
                self.pace.connected(made);
                let Some(found) = found else { return Ok(()) };
                let found = found?;
                self.pace.is_well();
                for (key, entries) in found {
                    self.queue(key.as_bytes(), entries);
                }
                Ok(())
            }
            Done::Read(answer, line) => {
                let made = match &line {
                    Some(line) => line.connections(),
                    None => self.redis.counters().generation,
                };
                self.line = line;
                self.pace.asked();
                let entries = read_streams(answer?)?;
                self.pace.is_well();
                if let Follow::Poll { least, most } = self.follow {
                    self.pace.poll_again(entries.is_empty(), least, most);
                }
                self.pace.connected(made);
                for (key, entries) in entries {
                    self.queue(&key, entries);
                }
                Ok(())
            }
        }
    }

    fn queue(&mut self, key: &[u8], entries: Vec<super::Entry>) {
        let found = self.streams.iter_mut().enumerate().find(|(_, one)| one.key.as_bytes() == key);
        let (Some((stream, found)), Some(last)) = (found, entries.last()) else { return };
        let last = last.id;
        found.place.advance(last, entries.len());
        self.events.push_back((StreamEvent::Entries { stream, entries }, last));
    }

    fn judge(&mut self, stream: usize, found: Option<&Summary>) {
        let Some(one) = self.streams.get_mut(stream) else { return };
        let event = match judge(&mut one.place, found) {
            Verdict::Sound => return,
            Verdict::Reset => StreamEvent::Reset { stream },
            Verdict::Gap { after, before, missing } => {
                StreamEvent::Gap { stream, after, before, missing }
            }
        };
        self.events.push_back((event, one.place.read));
    }

    /// Takes trouble that may pass upon itself. `is_borne`: somebody else did, for long enough.
    fn bear(&mut self, error: Error, is_borne: bool) -> Result<()> {
        let lasts = self.pace.is_ill(error.retry_after());
        if is_borne || !error.is_retryable() || is_stop(&error) {
            return Err(error);
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(%error, "a reader of Redis streams tries again");
        match self.options.patience {
            Some(patience) if lasts >= patience => Err(error),
            _ => Ok(()),
        }
    }
}

fn check_keys(streams: &[(String, StreamStart)]) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
    if streams.is_empty() {
        return refuse("no stream to read; give one".to_owned());
    }
    for (i, (key, _)) in streams.iter().enumerate() {
        if streams.iter().skip(i + 1).any(|(other, _)| other == key) {
            return refuse(format!("stream {key} is given twice"));
        }
    }
    Ok(())
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.streams.iter().map(|one| (&one.key, one.given));
        f.debug_struct("StreamReader")
            .field("places", &places.collect::<Vec<_>>())
            .field("follow", &self.follow)
            .finish_non_exhaustive()
    }
}
