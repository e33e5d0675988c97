//! Calling scripts with the keys of the tasks, and reading what they answer.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Clock, Timestamp};
use popkit_redis::{Invocation, Redis, Reply, Script, StreamId};

use crate::backend::redis::classify::{Told as _, corrupt};
use crate::backend::redis::keys::TaskKeys;
use crate::backend::redis::tasks::lanes::Names;
use crate::backend::redis::tasks::script::runs;
use crate::{Error, ErrorKind, Result};

/// How often a call is made again because there are more lanes than before.
const TRIES: usize = 4;

/// Times and spans beyond this are not exact in a script: microseconds, 95 years.
const LONGEST: u64 = 3_000_000_000_000_000;

/// What every call of the tasks needs. Clones share it.
#[derive(Debug, Clone)]
pub(in crate::backend::redis) struct Caller(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    redis: Redis,
    keys: TaskKeys,
    clock: Option<Arc<dyn Clock>>,
    /// The keys that every call is given.
    given: Mutex<Arc<[Bytes]>>,
    /// Where those who poll are hinted at, if they listen.
    hints: Option<String>,
    names: Names,
}

impl Caller {
    pub(in crate::backend::redis) fn new(
        redis: Redis,
        keys: TaskKeys,
        clock: Option<Arc<dyn Clock>>,
        (hints, max_lanes): (String, usize),
    ) -> Self {
        let able = redis.capabilities();
        let hints = redis.has_hints().then_some(hints);
        let given = match (able.blocking, able.cluster) {
            (false, _) => keys.all(hints.as_deref(), max_lanes),
            // While a slot moves to another node, a script must not begin: some of its keys may
            // be gone already. A key that never exists makes the server say so before
            // (`TRYAGAIN`).
            (_, true) => vec![keys.tasks().to_owned().into(), keys.of("none").into()],
            (_, false) => vec![keys.tasks().to_owned().into()],
        };
        let given = Mutex::new(given.into());
        Self(Arc::new(Shared { redis, keys, clock, given, hints, names: Names::default() }))
    }

    /// Whether those who wait poll, because the wire cannot block.
    pub(in crate::backend::redis) fn polls(&self) -> bool {
        !self.0.redis.capabilities().blocking
    }

    /// The channel of hints, where there are any.
    #[cfg(feature = "upstash")]
    pub(in crate::backend::redis) fn hints(&self) -> Option<&str> {
        self.0.hints.as_deref()
    }

    pub(in crate::backend::redis) fn redis(&self) -> &Redis {
        &self.0.redis
    }

    pub(in crate::backend::redis) fn keys(&self) -> &TaskKeys {
        &self.0.keys
    }

    /// What lanes are called.
    pub(super) fn names(&self) -> &Names {
        &self.0.names
    }

    /// A call of a script, with the time; `slot` is where the last reply of the caller's slot
    /// is kept. Its keys come with [`eval`](Self::eval).
    pub(in crate::backend::redis) fn begin(&self, slot: Option<&str>) -> Invocation {
        let call = match &self.0.clock {
            Some(clock) => Invocation::new().arg(moment(clock.now())),
            None => Invocation::new().arg(""),
        };
        call.arg(slot.unwrap_or_default())
    }

    /// Makes the call.
    pub(in crate::backend::redis) async fn eval(
        &self,
        operation: &'static str,
        script: &Script,
        call: Invocation,
    ) -> Result<Reply> {
        if !self.polls() {
            let call = call.keys(&*self.given());
            return self.0.redis.eval(script, call).await.told(operation);
        }
        let call = call.runs(runs(script));
        for _ in 0..TRIES {
            let call = call.clone().keys(&*self.given());
            let mut reply = self.0.redis.eval(script, call).await.told(operation)?;
            match note(&mut reply) {
                Some(Note::Keys(lanes)) => {
                    let keys = self.0.keys.all(self.0.hints.as_deref(), lanes);
                    *self.0.given.lock().unwrap_or_else(PoisonError::into_inner) = keys.into();
                }
                Some(Note::Woke(id)) => {
                    self.0.redis.added(&self.0.keys.of("wake"), id);
                    return Ok(reply);
                }
                None => return Ok(reply),
            }
        }
        Err(busy())
    }

    fn given(&self) -> Arc<[Bytes]> {
        Arc::clone(&self.0.given.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a script says over a wire that cannot block, besides what it answers.
enum Note {
    /// It has done nothing, because there are so many lanes, more than it was given keys of.
    Keys(usize),
    /// It has told those who poll.
    Woke(StreamId),
}

/// Reads such a note, and puts the answer's own word where it stood.
fn note(reply: &mut Reply) -> Option<Note> {
    let Reply::Array(parts) = reply else { return None };
    let mut parts = parts.iter_mut();
    let Some(Reply::Bytes(word)) = parts.next() else { return None };
    let text = std::str::from_utf8(word).ok()?;
    if let Some(id) = text.strip_prefix("woke ") {
        let id = id.parse().ok()?;
        *word = Bytes::from_static(b"ok");
        return Some(Note::Woke(id));
    }
    match parts.next() {
        Some(Reply::Bytes(lanes)) if text == "keys" => {
            std::str::from_utf8(lanes).ok()?.parse().ok().map(Note::Keys)
        }
        _ => None,
    }
}

/// Lanes came faster than they could be learned of: nothing was done.
pub(in crate::backend::redis) fn busy() -> Error {
    Error::new(ErrorKind::Unavailable, "lanes are registered faster than they can be read")
}

/// Microseconds, as a script gets them.
pub(in crate::backend::redis) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(LONGEST).min(LONGEST)
}

/// A point in time, as a script gets it: 16 digits of microseconds.
pub(in crate::backend::redis) fn moment(at: Timestamp) -> String {
    format!("{:016}", at.as_micros().min(LONGEST))
}

/// The list that a script answered.
pub(in crate::backend::redis) fn list(reply: Reply) -> Result<std::vec::IntoIter<Reply>> {
    Ok(reply.into_array().map_err(unreadable)?.into_iter())
}

/// The next part of an answer.
pub(in crate::backend::redis) fn part(parts: &mut std::vec::IntoIter<Reply>) -> Result<Reply> {
    parts.next().ok_or_else(|| corrupt("a script answered too little"))
}

/// The next part, as text.
pub(in crate::backend::redis) fn text(parts: &mut std::vec::IntoIter<Reply>) -> Result<String> {
    part(parts)?.into_text().map_err(unreadable)
}

/// An answer that is not as the script gives it.
pub(in crate::backend::redis) fn unreadable(error: popkit_redis::Error) -> Error {
    crate::backend::redis::classify::convert(error)
}

/// A number in a record.
pub(in crate::backend::redis) fn number<T: std::str::FromStr>(
    what: impl Display,
    text: &str,
) -> Result<T> {
    text.parse().map_err(|_| corrupt(format!("{what} of a task is {text:?}, which is no number")))
}

/// The text of bytes in a record.
pub(in crate::backend::redis) fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| corrupt("a record that is not UTF-8 text"))
}

/// How long until the next timer, in an answer: the store's time and the timer's.
pub(in crate::backend::redis) fn until(now: &str, next: &str) -> Result<Option<Duration>> {
    if next.is_empty() {
        return Ok(None);
    }
    let (now, next): (u64, u64) = (number("the time", now)?, number("the timer", next)?);
    Ok(Some(Duration::from_micros(next.saturating_sub(now))))
}
