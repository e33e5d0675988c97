//! Who waits in this handle, and what is known of the lanes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::Profile;
use popkit_redis::StreamId;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::look::Found;
use super::news::News;
use crate::Error;
use crate::backend::redis::tasks::{Lanes, decode};

/// How a wait ends.
#[derive(Debug)]
pub(super) enum Told {
    /// There may be work.
    Ready,
    /// The store was closed.
    Closed,
    /// Nobody knows: it could not be looked.
    Failed(Error),
}

/// What is to be done for those who wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// To look.
    Look,
    /// To read the stream behind this place, and to look at that time.
    Read(StreamId, Instant),
    /// Nothing: nobody waits.
    Rest,
    /// To end.
    End,
}

#[derive(Debug)]
pub(super) struct Watch {
    lanes: Arc<Lanes>,
    state: Mutex<State>,
    /// Rung when there may be something else to do.
    pub(super) bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// In the order of their coming.
    waiting: VecDeque<Waiting>,
    known: Option<Known>,
    must_look: bool,
    looking: bool,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    profile: Profile,
    lease: Duration,
    tell: oneshot::Sender<Told>,
}

/// What the last look has told, and the stream since.
#[derive(Debug)]
struct Known {
    /// Up to where the stream was read.
    upto: StreamId,
    /// From when on the last look said that the stream is news.
    from: StreamId,
    /// Lanes that could be claimed from. No other can, until the stream says so.
    ready: BTreeSet<u16>,
    timer: Option<Instant>,
    /// Whether nothing was ready or held, nor has become so since.
    quiet: bool,
    /// The cursor of the log then.
    cursor: String,
    /// From when on it rests.
    rests: Instant,
    looked: Instant,
    /// The store's time then.
    now: u64,
    /// By how much this process looks later than the timers say.
    later: Duration,
}

/// A place among those who wait. Dropping it leaves it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    watch: &'a Watch,
    number: u64,
    told: oneshot::Receiver<Told>,
    acted: bool,
}

impl Watch {
    pub(super) fn new(lanes: Arc<Lanes>) -> Self {
        Self { lanes, state: Mutex::default(), bell: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place; none once the store is closed.
    pub(super) fn enter(&self, profile: &Profile, lease: Duration) -> Option<Place<'_>> {
        let (tell, told) = oneshot::channel();
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.last += 1;
        let number = state.last;
        let served = self.served(profile);
        // Whoever comes has found nothing a moment ago. What was made ready since is told by
        // the stream; but a lane that was ready at the last look may be so still.
        let may_be_ready = match &state.known {
            Some(known) => known.ready.iter().any(|lane| served.contains(lane)),
            None => !state.looking,
        };
        state.must_look |= may_be_ready;
        state.waiting.push_back(Waiting { number, profile: profile.clone(), lease, tell });
        drop(state);
        self.bell.notify_one();
        Some(Place { watch: self, number, told, acted: false })
    }

    /// The lanes of a profile, by the registry as it is known.
    fn served(&self, profile: &Profile) -> BTreeSet<u16> {
        decode(&self.lanes.eligible(profile).lanes).collect()
    }

    /// The lanes that somebody wants.
    pub(super) fn wanted(&self) -> BTreeSet<u16> {
        let state = self.lock();
        state.waiting.iter().flat_map(|one| self.served(&one.profile)).collect()
    }

    pub(super) fn next(&self) -> Next {
        let mut state = self.lock();
        if state.closed {
            return Next::End;
        }
        let Some(lease) = state.waiting.iter().map(|one| one.lease).min() else {
            return Next::Rest;
        };
        match &state.known {
            Some(known) if !state.must_look => {
                let rest = lease * if known.quiet { super::QUIET } else { 1 };
                let rested = known.rests + rest.clamp(super::REST.0, super::REST.1);
                Next::Read(known.upto, known.timer.map_or(rested, |timer| timer.min(rested)))
            }
            _ => {
                state.must_look = false;
                state.looking = true;
                Next::Look
            }
        }
    }

    /// Has it looked anew.
    pub(super) fn must_look(&self) {
        self.lock().must_look = true;
    }

    /// The cursor of the log at the last look, where nothing was ready or held then, nor has become
    /// so since: as long as it stands there, nothing can be claimed.
    pub(super) fn quiet_since(&self) -> Option<String> {
        let state = self.lock();
        let known = state.known.as_ref()?;
        (known.quiet && !state.must_look).then(|| known.cursor.clone())
    }

    /// Nothing has happened: another rest begins.
    pub(super) fn rest(&self) {
        if let Some(known) = &mut self.lock().known {
            known.rests = Instant::now();
        }
    }

    /// Takes over what a look has found, and tells as many as there is work for; `later` is by
    /// how much the next look comes later than the timer.
    pub(super) fn found(&self, found: &Found, later: Duration) {
        let mut state = self.lock();
        state.looking = false;
        let now = Instant::now();
        let upto = match &state.known {
            // The server's clock went back, and what is added now comes before what was read.
            Some(known) if found.from < known.from => found.from,
            Some(known) => known.upto.max(found.from),
            None => found.from,
        };
        let ready = found.lanes.iter().map(|(lane, _)| *lane).collect();
        let timer = found.timer.map(|timer| now + timer + later);
        let quiet = found.lanes.is_empty() && found.timer.is_none();
        let (looked, now) = (now, found.now);
        let from = found.from;
        let (cursor, rests) = (found.cursor.clone(), looked);
        let known = Known { upto, from, ready, timer, quiet, cursor, rests, looked, now, later };
        state.known = Some(known);
        let mut is_shared = false;
        for (lane, tasks) in &found.lanes {
            let serves = |one: &Waiting| self.served(&one.profile).contains(lane);
            if !found.asked.contains(lane) {
                // Whoever wants it came while it was looked.
                state.must_look |= state.waiting.iter().any(serves);
                continue;
            }
            for _ in 0..*tasks {
                let Some(at) = state.waiting.iter().position(serves) else { break };
                if let Some(one) = state.waiting.remove(at) {
                    let _ = one.tell.send(Told::Ready);
                }
            }
            is_shared |= *tasks > 0 && state.waiting.iter().any(serves);
        }
        // What becomes ready before those who were told have claimed is told by no entry, because
        // the lane was not empty: others look once more.
        if is_shared && let Some(known) = &mut state.known {
            let again = looked + super::AGAIN;
            known.timer = Some(known.timer.map_or(again, |timer| timer.min(again)));
        }
    }

    /// Takes over what the stream tells.
    pub(super) fn read(&self, news: News) {
        let mut state = self.lock();
        let concerned = state.waiting.iter().any(|one| {
            let served = self.served(&one.profile);
            news.lanes.iter().any(|lane| served.contains(lane))
        });
        state.must_look |= concerned || news.unclear;
        if let Some(known) = &mut state.known {
            known.quiet = false;
            known.upto = known.upto.max(news.upto);
            known.ready.extend(news.lanes);
            if let Some(due) = news.due {
                let span = Duration::from_micros(due.saturating_sub(known.now));
                let due = known.looked + span + known.later;
                known.timer = Some(known.timer.map_or(due, |timer| timer.min(due)));
            }
        }
    }

    /// Tells everybody that it could not be looked.
    pub(super) fn fail(&self, error: &Error) {
        let mut state = self.lock();
        state.looking = false;
        state.known = None;
        for one in state.waiting.drain(..) {
            let _ = one.tell.send(Told::Failed(error.again()));
        }
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for one in state.waiting.drain(..) {
            let _ = one.tell.send(Told::Closed);
        }
        drop(state);
        self.bell.notify_one();
    }
}

impl Place<'_> {
    /// What it is told.
    pub(super) async fn told(&mut self) -> Told {
        let told = (&mut self.told).await.unwrap_or(Told::Closed);
        self.acted = true;
        told
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.watch.lock();
        let before = state.waiting.len();
        state.waiting.retain(|one| one.number != self.number);
        // Somebody else must learn of what this one was told in vain.
        let told_in_vain = before == state.waiting.len() && !self.acted;
        state.must_look |= told_in_vain;
        let is_last = state.waiting.is_empty();
        drop(state);
        if told_in_vain || is_last {
            self.watch.bell.notify_one();
        }
    }
}

#[cfg(test)]
#[path = "watch/tests.rs"]
mod tests;
