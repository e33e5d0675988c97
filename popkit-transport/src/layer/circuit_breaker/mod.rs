//! Leaving a backend alone that does not answer.

mod breaker;
mod options;
mod transport;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use popkit_protocol::{Clock, SystemClock};

pub use self::breaker::CircuitState;
use self::breaker::{Breaker, Ending, Ticket};
pub use self::options::CircuitBreakerOptions;
use super::Operation;
use crate::{Error, ErrorKind, Result, Transport};

/// A transport that, after several failures, refuses calls at once for a while instead of
/// letting each wait for a backend that does not answer.
///
/// | State | Calls | Leads to |
/// |---|---|---|
/// | closed | pass | open, at [`failures`](CircuitBreakerOptions::failures) within [`window`](CircuitBreakerOptions::window) |
/// | open | are refused | half-open, after [`cool_down`](CircuitBreakerOptions::cool_down) |
/// | half-open | one passes, the others are refused | closed or open, as that one ends |
///
/// A failure is an error that [may pass](popkit_protocol::CallError::is_retryable), whatever
/// its outcome; of a batch, that no message was published and one failed so. What is wrong in
/// itself, or is refused for good, says nothing. So it has to see final results: it belongs
/// outside of [`Retry`](super::Retry). Where the layer belongs: see [`layer`](super).
///
/// Publishing, subscribing and `ping` are guarded. Reads of a subscription pass and are not
/// counted: they wait for as long as nothing comes. So does `close`.
///
/// Clones share the state.
///
/// # Errors
///
/// A refusal is [`Unavailable`](ErrorKind::Unavailable), surely not applied, and says
/// when to come back.
///
/// # Cancel safety
///
/// That of the inner transport. A call that is dropped says nothing about the backend.
#[derive(Debug, Clone)]
pub struct CircuitBreaker<T> {
    inner: T,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl<T> CircuitBreaker<T> {
    /// Around this transport, with the default options and the system's clock.
    #[must_use]
    pub fn new(inner: T) -> Self {
        Self::with_options(inner, CircuitBreakerOptions::default(), Arc::new(SystemClock))
    }

    /// Around this transport, with these options and this clock.
    #[must_use]
    pub fn with_options(inner: T, options: CircuitBreakerOptions, clock: Arc<dyn Clock>) -> Self {
        let breaker = Mutex::new(Breaker::new(options));
        Self { inner, shared: Arc::new(Shared { breaker, clock }) }
    }

    /// What it does with calls now.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.shared.breaker().state()
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

impl<T: Transport> CircuitBreaker<T> {
    /// Makes a call, if it may be made, and judges it by its answer.
    async fn guard<A: Send>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<A>> + Send,
        judge: impl FnOnce(&Result<A>) -> Ending + Send,
    ) -> Result<A> {
        let admitted = self.shared.breaker().admit(self.shared.clock.now());
        let ticket = admitted.map_err(|rest| {
            let message = "the circuit breaker is open after repeated failures";
            Error::new(ErrorKind::Unavailable, message)
                .at(self.inner.backend(), operation.name())
                .with_retry_after(rest)
        })?;
        let mut permit = Permit { shared: &self.shared, ticket, ending: Ending::Nothing };
        let answer = call.await;
        permit.ending = judge(&answer);
        answer
    }
}

impl Shared {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was let through; reports its end also where it is dropped.
struct Permit<'a> {
    shared: &'a Shared,
    ticket: Ticket,
    ending: Ending,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let now = self.shared.clock.now();
        let mut breaker = self.shared.breaker();
        #[cfg(feature = "tracing")]
        let before = breaker.state();
        breaker.ended(self.ticket, self.ending, now);
        #[cfg(feature = "tracing")]
        match (before, breaker.state()) {
            (CircuitState::Open { .. }, _) => {}
            (_, CircuitState::Open { until }) => {
                tracing::warn!(%until, "a circuit breaker opened: the backend does not answer");
            }
            (CircuitState::HalfOpen, CircuitState::Closed { .. }) => {
                tracing::info!("a circuit breaker closed: the backend answers again");
            }
            _ => {}
        }
    }
}

/// How a call ended, by its answer.
fn ending<A>(answer: &Result<A>) -> Ending {
    match answer {
        Ok(_) => Ending::Good,
        Err(error) if error.is_retryable() => Ending::Bad,
        Err(_) => Ending::Nothing,
    }
}

/// How a batch ended: well, if anything of it did.
fn ending_of_batch<A>(answer: &Result<Vec<Result<A>>>) -> Ending {
    let Ok(answers) = answer else { return ending(answer) };
    let any = |wanted| answers.iter().any(|answer| ending(answer) == wanted);
    match (any(Ending::Good), any(Ending::Bad)) {
        (true, _) => Ending::Good,
        (false, true) => Ending::Bad,
        (false, false) => Ending::Nothing,
    }
}
