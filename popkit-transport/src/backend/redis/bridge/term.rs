//! A term: the time for which one bridge holds the lease.

use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{Channel, Namespace, Topic};
use popkit_redis::{Invocation, Reply, Script};

use crate::Result;
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::publish::bounds;
use crate::backend::redis::shared::Shared;

static ACQUIRE: Script = Script::new("acquire", include_str!("acquire.lua"));
static IMPORT: Script = Script::new(
    "import",
    concat!(
        include_str!("../publish/begin.lua"),
        include_str!("../publish/append.lua"),
        include_str!("import.lua")
    ),
);

/// The lease of a session's bridge, and the token of one who holds it or wants to.
///
/// Every term has a token of its own, and the script that appends compares it: who was taken
/// for dead appends nothing any more.
#[derive(Debug)]
pub(super) struct Term {
    lease: String,
    token: String,
    /// The token of the term after this one. It stays the same until that has begun, so that a
    /// lease whose answer was lost is known again.
    next: String,
    held: bool,
    /// How many messages were appended in this term, or passed over.
    done: u64,
}

impl Term {
    pub(super) fn new(shared: &Shared, namespace: &Namespace) -> Self {
        // In the slot of all channels of the session.
        let keys = shared.keys(&namespace.channel(&Topic::Broadcast));
        let lease = format!("{}~bridge", keys.log());
        Self { lease, token: token(shared), next: token(shared), held: false, done: 0 }
    }

    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    /// Takes the lease, or holds it on; answers true where a term has begun just now: also where
    /// the lease had run out since, and somebody else may have held it meanwhile.
    ///
    /// # Errors
    ///
    /// What keeps the server from answering. Whether the lease is held is then as before.
    pub(super) async fn acquire(&mut self, shared: &Shared, lease: Duration) -> Result<bool> {
        let milliseconds = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let call = Invocation::new().key(&self.lease).arg(&self.token).arg(&self.next);
        let answer = shared.redis.eval(&ACQUIRE, call.arg(milliseconds)).await;
        let answer = answer.and_then(Reply::into_count).told()?;
        match answer {
            0 if self.held => self.end(shared),
            0 | 1 => {}
            _ => {
                self.token = std::mem::replace(&mut self.next, token(shared));
                (self.held, self.done) = (true, 0);
            }
        }
        Ok(answer > 1)
    }

    /// Passes over so many messages, the next ones. Whether they were appended by a call whose
    /// answer was lost is the same: those that follow keep their numbers.
    pub(super) fn pass_over(&mut self, count: u64) {
        self.done += count;
    }

    /// Appends messages of one channel; answers false where the lease is lost, and then nothing
    /// was appended.
    ///
    /// # Errors
    ///
    /// What keeps them from being appended. The same call may be made again: none is appended
    /// twice.
    pub(super) async fn import(
        &mut self,
        shared: &Shared,
        channel: &Channel,
        payloads: &[Bytes],
    ) -> Result<bool> {
        let keys = shared.keys(channel);
        let call = Invocation::new()
            .keys([keys.log().to_owned(), keys.head(), keys.values(), keys.changes()])
            .key(&self.lease)
            .arg(shared.draw_epoch());
        let call =
            call.args(bounds(shared.keep)).arg(&self.token).arg(self.done + 1).args(payloads);
        let held = shared.redis.eval(&IMPORT, call).await.and_then(Reply::into_bool).told()?;
        if held {
            self.done += u64::try_from(payloads.len()).unwrap_or(u64::MAX);
        } else {
            self.end(shared);
        }
        Ok(held)
    }

    /// Lets the term go by without using it: the lease runs out by itself.
    pub(super) fn give_up(&mut self, shared: &Shared) {
        self.end(shared);
    }

    fn end(&mut self, shared: &Shared) {
        (self.token, self.held, self.done) = (token(shared), false, 0);
    }
}

fn token(shared: &Shared) -> String {
    format!("{:032x}", shared.ids.draw())
}

#[cfg(test)]
#[path = "term/tests.rs"]
mod tests;
