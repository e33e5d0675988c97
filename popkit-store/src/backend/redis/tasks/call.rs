//! Calling scripts with the keys of the tasks, and reading what they answer.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Clock, Timestamp};
use popkit_redis::{Invocation, Redis, Reply, Script};

use crate::backend::redis::classify::{Told as _, corrupt};
use crate::backend::redis::keys::TaskKeys;
use crate::{Error, Result};

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
}

impl Caller {
    pub(in crate::backend::redis) fn new(
        redis: Redis,
        keys: TaskKeys,
        clock: Option<Arc<dyn Clock>>,
    ) -> Self {
        Self(Arc::new(Shared { redis, keys, clock }))
    }

    pub(in crate::backend::redis) fn redis(&self) -> &Redis {
        &self.0.redis
    }

    pub(in crate::backend::redis) fn keys(&self) -> &TaskKeys {
        &self.0.keys
    }

    /// A call of a script, with its keys and the time; `slot` is where the last reply of the
    /// caller's slot is kept.
    pub(in crate::backend::redis) fn begin(&self, slot: Option<&str>) -> Invocation {
        let call = Invocation::new().key(self.0.keys.tasks());
        // While a slot moves to another node, a script must not begin: some of its keys may be
        // gone already. A key that never exists makes the server say so before (`TRYAGAIN`).
        let call = match self.0.redis.capabilities().cluster {
            true => call.key(self.0.keys.of("none")),
            false => call,
        };
        let call = match &self.0.clock {
            Some(clock) => call.arg(moment(clock.now())),
            None => call.arg(""),
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
        self.0.redis.eval(script, call).await.told(operation)
    }
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
