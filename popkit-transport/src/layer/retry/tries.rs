//! The tries of one call.

use std::time::Duration;

use backon::Retryable as _;
use popkit_protocol::layer::RetryOptions;
use tokio::time::Instant;

use super::delays::delays;
use crate::layer::Operation;
use crate::{Error, OutcomeKind, Result};

/// How often a call was tried, and what is known of it.
#[derive(Debug)]
pub(super) struct Tries {
    operation: Operation,
    options: RetryOptions,
    seed: u64,
    began: Option<Instant>,
    made: usize,
    /// An answer was lost: the call may have been applied.
    lost: bool,
}

impl Tries {
    /// Of a call whose time runs from now.
    pub(super) fn new(options: &RetryOptions, seed: u64, operation: Operation) -> Self {
        let began = Some(Instant::now());
        Self { began, ..Self::from_failure(options, seed, operation) }
    }

    /// Of a call whose time runs from its first failure: it waits for as long as there is
    /// nothing to tell.
    pub(super) fn from_failure(options: &RetryOptions, seed: u64, operation: Operation) -> Self {
        Self { operation, options: options.clone(), seed, began: None, made: 0, lost: false }
    }

    /// Makes the tries. Repeating has to be safe even where an answer was lost.
    pub(super) async fn run<T, F, Fut>(mut self, call: F) -> Result<T>
    where
        T: Send,
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
    {
        let waits = delays(&self.options, self.seed);
        let answer = call.retry(waits).adjust(|error, wait| self.after(error, wait)).await;
        answer.map_err(|error| {
            let error = error.at("", self.operation.name());
            let error = if self.lost { error.unknown() } else { error };
            if self.made > 1 { error.with("tries", self.made) } else { error }
        })
    }

    /// How long to wait after this failure; `None` to give up.
    fn after(&mut self, error: &Error, wait: Option<Duration>) -> Option<Duration> {
        self.made += 1;
        self.lost |= error.outcome() != OutcomeKind::NotApplied;
        let began = *self.began.get_or_insert_with(Instant::now);
        if !error.is_retryable() {
            return None;
        }
        let wait = wait?.saturating_add(error.retry_after().unwrap_or_default());
        if began.elapsed().saturating_add(wait) > self.options.deadline {
            return None;
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(
            operation = self.operation.name(),
            backend = error.backend(),
            tries = self.made,
            ?wait,
            %error,
            "a transport call failed and will be repeated"
        );
        Some(wait)
    }
}
