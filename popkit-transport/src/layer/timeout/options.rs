//! How long calls may take.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::layer::Operation;

/// The deadlines of a [`Timeout`](super::Timeout).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeoutOptions {
    /// For every operation without one of its own. Default: 10 s.
    pub every: Duration,
    /// For single operations; one for [`Operation::Read`] says nothing.
    pub each: BTreeMap<Operation, Duration>,
}

impl Default for TimeoutOptions {
    fn default() -> Self {
        Self { every: Duration::from_secs(10), each: BTreeMap::new() }
    }
}

impl TimeoutOptions {
    /// With this deadline for every operation without one of its own.
    #[must_use]
    pub fn every(mut self, deadline: Duration) -> Self {
        self.every = deadline;
        self
    }

    /// With this deadline for one operation.
    #[must_use]
    pub fn on(mut self, operation: Operation, deadline: Duration) -> Self {
        self.each.insert(operation, deadline);
        self
    }

    /// The deadline of an operation.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Duration {
        self.each.get(&operation).copied().unwrap_or(self.every)
    }
}
