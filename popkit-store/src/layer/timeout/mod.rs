//! Deadlines.

mod documents;
mod options;
mod tasks;

use std::time::Duration;

pub use self::options::TimeoutOptions;
use super::Operation;
use crate::{Error, ErrorKind, OutcomeKind, Result};

/// A store whose calls answer within their deadlines, or with
/// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
///
/// The outcome of a call that was cut is [`OutcomeKind::Unknown`](crate::OutcomeKind::Unknown)
/// for a write, never "failed", for the backend may still apply it. It is
/// [`OutcomeKind::NotApplied`](crate::OutcomeKind::NotApplied) for a read, and for a `wait` on
/// a store without [`hand_off`](crate::StoreCapabilities::hand_off), where nothing can be lost.
///
/// A `wait` has the time that its caller gives it and a slack; that it ends is up to the
/// backend, and the deadline only catches a backend that does not answer.
///
/// Times go by the clock of the tokio runtime, which must have its timers enabled.
///
/// # Atomicity
///
/// That of the inner store: a call is applied as a whole or not at all, also where it was cut.
///
/// # Cancel safety
///
/// When its deadline passes, the inner store's future is dropped; dropping this layer's does
/// the same. Both are as safe as the inner store makes them: done or not done.
///
/// Where the layer belongs: see [`layer`](super).
#[derive(Debug, Clone)]
pub struct Timeout<S> {
    inner: S,
    options: TimeoutOptions,
}

impl<S> Timeout<S> {
    /// Around this store, with one deadline for every operation.
    #[must_use]
    pub fn new(inner: S, every: Duration) -> Self {
        Self::with_options(inner, TimeoutOptions::default().every(every))
    }

    /// Around this store, with these options.
    #[must_use]
    pub fn with_options(inner: S, options: TimeoutOptions) -> Self {
        Self { inner, options }
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

    fn timed(&self, backend: &'static str, operation: Operation) -> Timed {
        let deadline = self.options.of(operation);
        let when_cut =
            if operation.is_read() { OutcomeKind::NotApplied } else { OutcomeKind::Unknown };
        Timed { backend, operation, deadline, when_cut }
    }
}

/// A call with its deadline.
struct Timed {
    backend: &'static str,
    operation: Operation,
    deadline: Duration,
    when_cut: OutcomeKind,
}

impl Timed {
    async fn run<T>(self, call: impl Future<Output = Result<T>> + Send) -> Result<T>
    where
        T: Send,
    {
        let deadline = self.deadline;
        if let Ok(answer) = tokio::time::timeout(deadline, call).await {
            return answer;
        }
        let error = Error::new(ErrorKind::Timeout, format!("no answer within {deadline:?}"))
            .at(self.backend, self.operation.name());
        Err(if self.when_cut == OutcomeKind::NotApplied { error } else { error.unknown() })
    }
}
