//! Hints: that there is something to be found, before it is asked for.
//!
//! A hint only makes a question come sooner. Whatever becomes of it, the question would have
//! been asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Weak;
use std::time::Duration;

use tokio::time::Instant;

use super::Poll;
use crate::StreamId;

/// Where a hint may overtake what it is about: how long after a question that did not find it
/// the next ones are asked.
const AGAIN: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(50), Duration::from_millis(100)];

/// Where hints come from.
pub(crate) trait HintSource: fmt::Debug + Send + Sync {
    /// Listens to this channel until the end of the poll, or of the wire.
    fn listen(&self, channel: String, poll: Weak<Poll>) -> Listening;
}

pub(crate) type Listening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What was hinted at.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Channels that are listened to now, and those of them on which something was heard.
    listening: usize,
    proven: usize,
    /// Channels of which hints are wanted, whether or not they are listened to now.
    wanted: usize,
    /// Whether something was found that no hint told of, and no hint has come since.
    doubtful: bool,
    /// The entry of each stream that was hinted at last.
    told: BTreeMap<String, StreamId>,
    /// Streams that were hinted at ever: of others no hint is missed.
    known: BTreeSet<String>,
    /// Whether what was hinted at was not found when it was last asked.
    is_open: bool,
    chase: Option<Chase>,
}

/// A hint that is followed.
#[derive(Debug)]
struct Chase {
    since: Instant,
    asked: usize,
    /// Whether another was heard since it is followed.
    is_renewed: bool,
}

impl Hints {
    /// Of so many channels hints are wanted.
    pub(super) fn want(&mut self, channels: usize) {
        self.wanted = channels;
    }

    pub(super) fn began(&mut self) {
        self.listening += 1;
        self.doubtful = false;
    }

    /// Something was heard on a channel that is listened to, for the first time.
    pub(super) fn proved(&mut self) {
        self.proven += 1;
    }

    pub(super) fn ended(&mut self, was_proven: bool) {
        self.listening = self.listening.saturating_sub(1);
        self.proven = self.proven.saturating_sub(usize::from(was_proven));
    }

    /// Whether they may be relied on, as far as anybody can see: those of one channel say
    /// nothing of another's.
    pub(super) fn are_sound(&self) -> bool {
        let all = self.listening.max(self.wanted);
        self.proven > 0 && self.proven == all && !self.doubtful && !self.is_open
    }

    /// Hints come.
    pub(super) fn come(&mut self) {
        self.doubtful = false;
    }

    pub(super) fn heard(&mut self, key: &str, id: StreamId) {
        if self.told.get(key).is_some_and(|told| *told >= id) {
            return;
        }
        if self.told.insert(key.to_owned(), id).is_none() {
            self.known.insert(key.to_owned());
        }
        if let Some(chase) = &mut self.chase {
            chase.is_renewed = true;
        }
    }

    /// Whether there is more of this stream than this, as hints say.
    pub(super) fn tell_more(&self, key: &str, than: StreamId) -> bool {
        self.told.get(key).is_some_and(|told| *told > than)
    }

    /// Has it asked at once, and again soon if need be.
    pub(super) fn follow(&mut self, now: Instant) {
        self.chase.get_or_insert_with(|| Chase::new(now));
    }

    /// When it is asked for the sake of a hint.
    pub(super) fn due(&self, asked: Option<Instant>, least: Duration) -> Option<Instant> {
        let chase = self.chase.as_ref()?;
        let Some(asked) = asked else { return Some(chase.since) };
        match chase.asked.checked_sub(1).and_then(|again| AGAIN.get(again)) {
            Some(pause) => Some(asked + *pause),
            None => Some(chase.since.max(asked + least)),
        }
    }

    /// It was asked. `seen`: up to where of each stream everything was found; `news`: the
    /// streams of which something came that was not there when they were asked for before.
    /// Says whether a hint is followed no more, though what it is about was not found.
    pub(super) fn answered(
        &mut self,
        seen: &BTreeMap<String, StreamId>,
        news: &[&String],
        now: Instant,
    ) -> bool {
        let is_told = |key: &&String| {
            self.told.get(*key).is_some_and(|told| seen.get(*key).is_some_and(|seen| seen <= told))
        };
        let mut missed = news.iter().filter(|key| self.known.contains(**key));
        if self.listening > 0 && !missed.all(is_told) {
            self.doubtful = true;
        }
        self.told.retain(|key, _| seen.contains_key(key));
        self.is_open = seen.iter().any(|(key, seen)| self.tell_more(key, *seen));
        let Some(chase) = self.chase.take().filter(|_| self.is_open) else { return false };
        self.chase = match chase.asked + 1 {
            asked if asked <= AGAIN.len() => Some(Chase { asked, ..chase }),
            _ if chase.is_renewed => Some(Chase::new(now)),
            _ => None,
        };
        self.chase.is_none()
    }
}

impl Chase {
    fn new(since: Instant) -> Self {
        Self { since, asked: 0, is_renewed: false }
    }
}

/// Reads a hint: the key of a stream and the id of its entry, with a space between them.
pub(super) fn read(text: &[u8]) -> Option<(&str, StreamId)> {
    let (key, id) = str::from_utf8(text).ok()?.rsplit_once(' ')?;
    Some((key, id.parse().ok()?))
}
