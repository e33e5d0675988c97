//! Who waits for what, and what an answer brings to whom.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::hint::Hints;
use super::pace::{Bounds, Brought, Pace};
use super::question::{Found, Question};
use crate::{Entry, Error, ErrorKind, Result, StreamId};

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) question: Question,
    pub(super) bounds: Bounds,
    /// How long trouble may last before it is told.
    pub(super) patience: Option<Duration>,
    pub(super) answer: oneshot::Sender<Result<Found>>,
}

/// From here on a pause that the service asks for is told to those who wait.
const LONG: Duration = Duration::from_secs(30);

/// Whether nothing is to be asked for so long that those who wait must know: a quota is used up.
pub(crate) fn is_stop(error: &Error) -> bool {
    let is_long = error.retry_after().is_some_and(|pause| pause >= LONG);
    error.kind() == ErrorKind::RateLimited && is_long
}

/// Who waits, by number, and what was asked for them.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) waiters: BTreeMap<u64, Waiter>,
    last: u64,
    pub(super) pace: Pace,
    pub(super) hints: Hints,
    /// Behind which entry of which stream there was nothing when it was last asked.
    seen: BTreeMap<String, StreamId>,
    /// The most entries of one stream that are asked for: fewer where an answer was too large.
    pub(super) most: usize,
    /// Where the last answer ended, of streams of which there may be more.
    cut: BTreeMap<String, StreamId>,
    /// Whether some are left out of what is asked.
    is_partial: bool,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            waiters: BTreeMap::new(),
            last: 0,
            pace: Pace::new(),
            hints: Hints::default(),
            seen: BTreeMap::new(),
            most: usize::MAX,
            cut: BTreeMap::new(),
            is_partial: false,
        }
    }

    /// Somebody begins to wait. A question that was asked just now, and is asked again, hurries
    /// nobody.
    pub(super) fn enter(&mut self, waiter: Waiter, now: Instant) -> u64 {
        self.last += 1;
        let is_seen = |(key, place): (&String, &StreamId)| {
            self.seen.get(key).is_some_and(|seen| seen <= place)
        };
        let is_fresh = !waiter.question.places.iter().all(is_seen);
        if waiter.question.places.iter().any(|(key, place)| self.hints.tell_more(key, *place)) {
            self.hints.follow(now);
        }
        self.waiters.insert(self.last, waiter);
        if is_fresh {
            let bounds = self.bounds();
            self.pace.is_fresh(now, bounds);
        }
        self.last
    }

    #[cfg(test)]
    pub(super) fn waiters(&self) -> usize {
        self.waiters.len()
    }

    /// Somebody waits no more.
    pub(super) fn leave(&mut self, number: u64) {
        self.waiters.remove(&number);
    }

    /// Nobody is answered by whoever asked until now.
    pub(super) fn abandon(&mut self) {
        self.waiters.clear();
    }

    fn bounds(&self) -> Bounds {
        let all = self.waiters.values().map(|waiter| waiter.bounds);
        let bounds = all.reduce(Bounds::and).unwrap_or_default();
        let most = if self.hints.are_sound() { bounds.hinted } else { bounds.most };
        Bounds { most, ..bounds }
    }

    /// This entry is in this stream, somebody says.
    pub(super) fn hint(&mut self, key: &str, id: StreamId, now: Instant) {
        let is_awaited = self.places(key).min().is_some_and(|place| place < id);
        if is_awaited || self.seen.contains_key(key) {
            self.hints.heard(key, id);
        }
        if is_awaited {
            self.hints.follow(now);
        }
    }

    /// When it is asked next; `None` where nobody waits.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        if self.waiters.is_empty() {
            return None;
        }
        let bounds = self.bounds();
        let hinted = self.hints.due(self.pace.asked(), bounds.after_hint());
        Some(self.pace.due(now, bounds, hinted))
    }

    /// Where it is waited for more of this stream.
    fn places(&self, key: &str) -> impl Iterator<Item = StreamId> {
        self.waiters.values().filter_map(move |one| one.question.places.get(key).copied())
    }

    /// The one question of all, which is asked now. Those who are so far behind that the last
    /// answer ended before others' places take turns with these.
    pub(super) fn ask(&mut self) -> Option<Question> {
        let mut waiters = self.waiters.values();
        let mut question = waiters.next()?.question.clone();
        waiters.for_each(|waiter| question.add(&waiter.question));
        question.count = question.count.min(self.most);
        self.is_partial = false;
        for (key, end) in std::mem::take(&mut self.cut) {
            let farther = self.places(&key).filter(|place| *place > end).min();
            if let (Some(asked), Some(farther)) = (question.places.get_mut(&key), farther)
                && *asked <= end
            {
                *asked = farther;
                self.is_partial = true;
            }
        }
        self.pace.ask();
        Some(question)
    }

    /// Gives everyone what is his.
    pub(super) fn answered(&mut self, question: &Question, found: &Found, now: Instant) {
        self.most = self.most.saturating_mul(2);
        let before = std::mem::replace(&mut self.seen, question.places.clone());
        let is_news = |key: &&String| before.get(*key) == question.places.get(*key);
        let news: Vec<&String> = found.iter().map(|(key, _)| key).filter(is_news).collect();
        for (key, entries) in found {
            if let (Some(seen), Some(last)) = (self.seen.get_mut(key), entries.last()) {
                *seen = last.id;
            }
        }
        let has_given_up = self.hints.answered(&self.seen, &news, now);
        let cut = found.iter().filter(|(_, entries)| entries.len() >= question.count);
        let end = |(key, entries): &(String, Vec<Entry>)| Some((key.clone(), entries.last()?.id));
        self.cut = cut.filter_map(end).collect();
        let brought = match (self.is_partial || !self.cut.is_empty(), found.is_empty()) {
            (true, _) => Brought::More,
            (false, true) => Brought::Nothing,
            (false, false) => Brought::Something,
        };
        self.pace.answered(now, brought);
        if has_given_up {
            self.pace.begin_anew();
        }
        let served: Vec<(u64, Found)> = self
            .waiters
            .iter()
            .map(|(number, waiter)| (*number, waiter.question.share(question, found)))
            .filter(|(_, share)| !share.is_empty())
            .collect();
        for (number, share) in served {
            self.tell(number, Ok(share));
        }
    }

    /// What was asked, of so many entries, failed as a whole. Says whether each has to be asked for by itself, to
    /// find whose question it is that fails.
    pub(super) fn failed(&mut self, count: usize, error: &Error, now: Instant) -> bool {
        match error.kind() {
            ErrorKind::PayloadTooLarge if count > 1 => {
                self.most = count / 2;
                self.pace.answered(now, Brought::More);
            }
            _ if is_stop(error) => {
                self.pace.failed(now, error.retry_after());
                self.tell_all(error);
            }
            _ if error.is_retryable() => {
                let lasts = now - self.pace.failed(now, error.retry_after());
                let is_out = |one: &Waiter| one.patience.is_some_and(|most| lasts >= most);
                let told = self.waiters.iter().filter(|(_, one)| is_out(one));
                for number in told.map(|(number, _)| *number).collect::<Vec<_>>() {
                    self.tell(number, Err(error.again()));
                }
            }
            ErrorKind::Closed => self.tell_all(error),
            _ if self.waiters.len() > 1 => return true,
            _ => {
                self.pace.answered(now, Brought::Nothing);
                self.tell_all(error);
            }
        }
        false
    }

    pub(super) fn tell(&mut self, number: u64, answer: Result<Found>) {
        if let Some(waiter) = self.waiters.remove(&number) {
            // Who has gone meanwhile asks again from the same place when he comes back.
            let _ = waiter.answer.send(answer);
        }
    }

    fn tell_all(&mut self, error: &Error) {
        for (_, waiter) in std::mem::take(&mut self.waiters) {
            let _ = waiter.answer.send(Err(error.again()));
        }
    }
}
