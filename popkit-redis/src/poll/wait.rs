//! What callers see of the poll.

use std::time::Duration;

use super::pace::Bounds;
use super::question::{Found, Question};
use crate::{Entry, Error, ErrorKind, Redis, Result, StreamId};

impl Redis {
    /// Waits until there are entries behind one of these places, and gives them: of each stream
    /// at most `count`, in its order. For a wire that cannot block; over one that can, a
    /// [`StreamReader`](crate::StreamReader) learns of them at once.
    ///
    /// All who wait over the same wire are asked for in one `XREAD`: 250 ms after the last
    /// question where that brought something, or where this is asked for the first time, and
    /// less and less often, up to each 15 s, while nothing comes. Streams need not exist.
    ///
    /// There is no limit to how long it waits. Cancel-safe: dropping it withdraws the question.
    /// Trouble that may pass is waited out, with growing pauses.
    ///
    /// # Errors
    ///
    /// - `InvalidInput`: no stream, one twice, a count that is not 1 to 10,000.
    /// - `RateLimited`, with the pause to keep, where that is 30 s or more: a quota is used up. It
    ///   is told to all who wait, once, and nothing is asked until the pause is over.
    /// - `Unsupported` in a cluster.
    /// - What trying again cannot mend: `Unauthenticated`, `PermissionDenied`, `Corrupt` where a
    ///   key holds no stream, `Closed` …
    pub async fn await_entries(
        &self,
        after: Vec<(String, StreamId)>,
        count: usize,
    ) -> Result<Vec<(String, Vec<Entry>)>> {
        self.poll_for(after, count, None, None).await
    }

    /// The same for streams that nobody hints at: the longest pause stays what it is without
    /// hints ([`has_hints`](Self::has_hints)), whatever is heard of others.
    ///
    /// # Errors
    ///
    /// Those of [`await_entries`](Self::await_entries).
    pub async fn await_entries_unhinted(
        &self,
        after: Vec<(String, StreamId)>,
        count: usize,
    ) -> Result<Vec<(String, Vec<Entry>)>> {
        let bounds = self.polling.poll().bounds().unhinted();
        self.poll_for(after, count, Some(bounds), None).await
    }

    /// The same with the caller's own bounds, and told of trouble that lasts longer than his
    /// patience.
    pub(crate) async fn poll_for(
        &self,
        after: Vec<(String, StreamId)>,
        count: usize,
        bounds: Option<Bounds>,
        patience: Option<Duration>,
    ) -> Result<Found> {
        let question = Question::new(after, count)?;
        if self.capabilities().cluster {
            let message = "no polling for many in a cluster; block instead";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.polling.wait(question, bounds, patience).await
    }

    /// Has those asked soon who wait for entries ([`await_entries`](Self::await_entries)), for
    /// there may be some: after a message that will be answered, or on a hint from elsewhere.
    /// Where nobody waits, or nobody polls, nothing happens.
    pub fn nudge_poll(&self) {
        self.polling.poll().nudge();
    }

    /// This process has added an entry: where somebody waits for it over the same wire, it is
    /// asked for at once. Costs nothing else.
    pub fn added(&self, key: &str, id: StreamId) {
        self.polling.poll().added(key, id);
    }

    /// Whether hints are on ([`RestConfig::sse`]): who adds an entry that others wait for sends
    /// `KEY ID` on the session's wake channel ([`Keyspace::wake`]) by `PUBLISH`, best in the same
    /// script, behind adding it. One command; there is no need for it to arrive.
    ///
    /// [`RestConfig::sse`]: https://docs.rs/popkit-redis
    /// [`Keyspace::wake`]: crate::Keyspace::wake
    #[must_use]
    pub fn has_hints(&self) -> bool {
        self.polling.poll().has_hints()
    }

    /// Listens to a wake channel from now on, where hints are on: what is told there is asked
    /// for at once. One subscription for all who share the wire; again costs nothing. It makes
    /// no difference to anybody whether hints come, but for the time.
    ///
    /// Call it within a runtime of tokio.
    pub fn hear(&self, wake_channel: &str) {
        self.polling.poll().hear(wake_channel);
    }
}
