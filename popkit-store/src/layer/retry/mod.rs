//! Repeating failed calls, where repeating is safe.

mod delays;
mod documents;
mod inserted;
mod tasks;
mod tries;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use popkit_protocol::layer::{RetryOptions, SplitMix64};
use popkit_protocol::{IdSource as _, RandomIds};

use self::tries::{AfterLost, Tries};
use super::Operation;

/// A store that repeats failed calls of the store inside, with waits that grow and are spread
/// at random, until one succeeds, is refused for good, or the tries or the time are used up.
///
/// Errors that [may pass](crate::Error::is_retryable) are repeated; all others are returned at
/// once. A call that surely was not applied is repeated freely. One whose answer was lost
/// ([`OutcomeKind::Unknown`](crate::OutcomeKind::Unknown)) is repeated only where that is safe:
///
/// | Call | Repeated when its answer was lost |
/// |---|---|
/// | `get_many`, `query`, `counts`, `history`, `load`, `list` | yes |
/// | `insert_opts` | yes: idempotent by the ids of the tasks |
/// | `step` | yes: the same request id, so the store replays its answer |
/// | `heartbeat` | yes; an event of progress may be written twice |
/// | `prune` | yes; its answer counts the last try only |
/// | `close` | yes; finding the store closed is then success |
/// | `change` | with a revision |
/// | `save`, `delete` | with the version they expect: [`IfVersion::Is`](crate::IfVersion::Is) |
/// | `append`, `wait`, and `change`, `save`, `delete` otherwise | no |
///
/// [`IfVersion::Absent`](crate::IfVersion::Absent) is no such version: the document may have
/// been written, read and deleted by others between two tries.
///
/// # Answers
///
/// The answer is that of one call, with these particulars:
///
/// - **Insert.** After a lost answer the tasks of the batch may exist because the lost call
///   created them. Where the repeat creates none at all, a
///   [`Duplicate`](crate::Inserted::Duplicate) with the task's own id is therefore reported as
///   [`Created`](crate::Inserted::Created); where it creates any, the lost call did nothing (a
///   batch is accepted as a whole) and its answers stand. A task that the caller had inserted
///   before cannot be told apart in the first case and is reported as created, too. Tasks that
///   were pruned, or whose unique key became free, between two tries are accepted anew.
/// - **Guarded writes.** Where the repeat after a lost answer is refused (`Conflict` and the
///   like), either the lost call was applied or somebody else was faster. The error has the
///   kind of the lost answer and an unknown outcome, and the refusal as its source: read
///   again.
/// - **Leases.** Count [`Lease::remaining`](popkit_protocol::Lease::remaining) from before this
///   layer was called, as always: repeats then make a lease look shorter, never longer.
/// - **Errors.** Once an answer was lost, the outcome of the whole call is unknown, whatever
///   the last try said.
///
/// # Atomicity
///
/// Each call changes what one call of the inner store changes, or nothing, except a `prune`
/// (each try may remove its limit) and the doubled event of a `heartbeat`.
///
/// # Cancel safety
///
/// Dropping a call's future is like dropping the inner store's, at any try: done or not done.
/// No task is spawned and nothing goes on.
///
/// The request is kept and cloned for each try. Where the layer belongs: see
/// [`layer`](super).
#[derive(Debug, Clone)]
pub struct Retry<S> {
    inner: S,
    options: RetryOptions,
    seed: u64,
    calls: Arc<AtomicU64>,
}

impl<S> Retry<S> {
    /// Around this store, with the default options.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self::with_options(inner, RetryOptions::default())
    }

    /// Around this store, with these options.
    #[must_use]
    pub fn with_options(inner: S, options: RetryOptions) -> Self {
        let drawn = || u64::try_from(RandomIds.draw() & u128::from(u64::MAX)).unwrap_or_default();
        let seed = options.seed.unwrap_or_else(drawn);
        Self { inner, options, seed, calls: Arc::default() }
    }

    /// The store inside.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The store inside, without this layer.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Begins a call. Each call has its own jitter, so that calls that failed together do not
    /// come back together.
    fn start(&self, operation: Operation, after_lost: AfterLost) -> Tries {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let seed = SplitMix64::new(self.seed.wrapping_add(call)).draw();
        Tries::new(&self.options, seed, operation, after_lost)
    }
}
