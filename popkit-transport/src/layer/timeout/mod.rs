//! Deadlines.

mod options;
mod transport;

use std::time::Duration;

pub use self::options::TimeoutOptions;
use super::Operation;
use crate::{Error, ErrorKind, Result, Transport};

/// A transport whose calls answer within their deadlines, or with
/// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
///
/// The outcome of a publish that was cut is
/// [`OutcomeKind::Unknown`](crate::OutcomeKind::Unknown), never "failed", for the backend may
/// still apply it. A batch has one deadline; where it is cut, that is the answer to each of
/// its messages. Subscribing and `ping` change nothing, so they are
/// [`OutcomeKind::NotApplied`](crate::OutcomeKind::NotApplied).
///
/// Reads of a subscription are not cut: they wait for as long as nothing comes.
/// [`Subscription::next_within`](crate::Subscription::next_within) is for that.
///
/// Times go by the clock of the tokio runtime, which must have its timers enabled.
///
/// # Atomicity
///
/// That of the inner transport: a message is published or it is not, also where it was cut.
///
/// # Cancel safety
///
/// When its deadline passes, the inner transport's future is dropped; dropping this layer's
/// does the same. Both leave a publish done or not done.
///
/// Where the layer belongs: see [`layer`](super).
#[derive(Debug, Clone)]
pub struct Timeout<T> {
    inner: T,
    options: TimeoutOptions,
}

impl<T> Timeout<T> {
    /// Around this transport, with one deadline for every operation.
    #[must_use]
    pub fn new(inner: T, every: Duration) -> Self {
        Self::with_options(inner, TimeoutOptions::default().every(every))
    }

    /// Around this transport, with these options.
    #[must_use]
    pub fn with_options(inner: T, options: TimeoutOptions) -> Self {
        Self { inner, options }
    }

    /// The transport inside.
    #[must_use]
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The transport inside, without this layer.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Transport> Timeout<T> {
    /// The answer, or that there was none in time.
    async fn within<A: Send>(
        &self,
        operation: Operation,
        call: impl Future<Output = A> + Send,
    ) -> Result<A> {
        let deadline = self.options.of(operation);
        tokio::time::timeout(deadline, call).await.map_err(|_| self.cut(operation))
    }

    fn cut(&self, operation: Operation) -> Error {
        let deadline = self.options.of(operation);
        let error = Error::new(ErrorKind::Timeout, format!("no answer within {deadline:?}"))
            .at(self.inner.backend(), operation.name());
        if operation.is_read() { error } else { error.unknown() }
    }
}
