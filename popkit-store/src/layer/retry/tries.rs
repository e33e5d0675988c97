//! The tries of one call.

use std::time::Duration;

use backon::Retryable as _;
use popkit_protocol::layer::RetryOptions;
use tokio::time::Instant;

use super::delays::delays;
use crate::layer::Operation;
use crate::{Error, ErrorKind, OutcomeKind, Result};

/// What to do when the answer of a try was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterLost {
    /// Repeat: the same call twice does what it does once.
    Repeat,
    /// Repeat: a condition keeps the second from happening if the first did. Its refusal then
    /// says nothing about who made the condition fail.
    RepeatGuarded,
    /// Tell the caller.
    GiveUp,
}

impl AfterLost {
    /// For a write that is guarded, or not.
    pub(super) const fn guarded(by_version: bool) -> Self {
        if by_version { Self::RepeatGuarded } else { Self::GiveUp }
    }
}

/// What is known of a try whose answer was lost.
#[derive(Debug)]
struct Lost {
    kind: ErrorKind,
    backend: &'static str,
    message: String,
}

#[derive(Debug)]
pub(super) struct Tries {
    operation: Operation,
    after_lost: AfterLost,
    options: RetryOptions,
    seed: u64,
    began: Instant,
    made: usize,
    lost: Option<Lost>,
}

impl Tries {
    pub(super) fn new(
        options: &RetryOptions,
        seed: u64,
        operation: Operation,
        after_lost: AfterLost,
    ) -> Self {
        let options = options.clone();
        Self { operation, after_lost, options, seed, began: Instant::now(), made: 0, lost: None }
    }

    /// With this much more time.
    pub(super) fn extend(mut self, time: Duration) -> Self {
        self.options.deadline = self.options.deadline.saturating_add(time);
        self
    }

    /// When the first try began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Makes the tries.
    pub(super) async fn run<T, F, Fut>(self, call: F) -> Result<T>
    where
        T: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        self.run_telling(call).await.map(|(answer, _)| answer)
    }

    /// Makes the tries; says of an answer whether one was lost before it.
    pub(super) async fn run_telling<T, F, Fut>(mut self, call: F) -> Result<(T, bool)>
    where
        T: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let waits = delays(&self.options, self.seed);
        match call.retry(waits).adjust(|error, wait| self.after(error, wait)).await {
            Ok(answer) => Ok((answer, self.lost.is_some())),
            Err(error) => Err(self.give_up(error)),
        }
    }

    /// How long to wait after this failure; `None` to give up.
    fn after(&mut self, error: &Error, wait: Option<Duration>) -> Option<Duration> {
        self.made += 1;
        if error.outcome() != OutcomeKind::NotApplied {
            self.lost = Some(Lost {
                kind: error.kind(),
                backend: error.backend(),
                message: error.message().to_owned(),
            });
        }
        let unsafe_now = self.lost.is_some() && self.after_lost == AfterLost::GiveUp;
        if !error.is_retryable() || unsafe_now {
            return None;
        }
        let wait = wait?.saturating_add(error.retry_after().unwrap_or_default());
        if self.began.elapsed().saturating_add(wait) > self.options.deadline {
            return None;
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(
            operation = self.operation.name(),
            backend = error.backend(),
            tries = self.made,
            ?wait,
            %error,
            "a store call failed and will be repeated"
        );
        Some(wait)
    }

    /// The error of the whole call, by that of its last try.
    fn give_up(self, error: Error) -> Error {
        let error = match self.lost {
            None => error,
            Some(lost) if self.after_lost == AfterLost::RepeatGuarded && is_refusal(&error) => {
                let message = format!("{}; the repeat was refused", lost.message);
                Error::new(lost.kind, message)
                    .at(lost.backend, self.operation.name())
                    .unknown()
                    .with_source(error)
            }
            Some(_) => error.unknown(),
        };
        if self.made > 1 { error.with("tries", self.made) } else { error }
    }
}

/// Whether a try that changes nothing may say this because an earlier one did.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Conflict
            | ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::IllegalTransition
    )
}
