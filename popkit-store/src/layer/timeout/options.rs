//! How long calls may take.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::layer::Operation;

/// The deadlines of a [`Timeout`](super::Timeout).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeoutOptions {
    /// For every operation without one of its own, except `wait`. Default: 10 s.
    pub every: Duration,
    /// For single operations. One for `wait` is taken as its slack.
    pub each: BTreeMap<Operation, Duration>,
    /// What a `wait` may take longer than its caller is ready to wait. Default: 5 s.
    pub wait_slack: Duration,
}

impl Default for TimeoutOptions {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(10),
            each: BTreeMap::new(),
            wait_slack: Duration::from_secs(5),
        }
    }
}

impl TimeoutOptions {
    /// With this deadline for every operation without one of its own.
    #[must_use]
    pub fn every(mut self, deadline: Duration) -> Self {
        self.every = deadline;
        self
    }

    /// With this deadline for one operation; for [`Operation::Wait`], this slack.
    #[must_use]
    pub fn on(mut self, operation: Operation, deadline: Duration) -> Self {
        self.each.insert(operation, deadline);
        self
    }

    /// With this slack for `wait`.
    #[must_use]
    pub fn wait_slack(mut self, slack: Duration) -> Self {
        self.wait_slack = slack;
        self
    }

    /// The deadline of an operation; the slack, for `wait`.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Duration {
        let general = if operation == Operation::Wait { self.wait_slack } else { self.every };
        self.each.get(&operation).copied().unwrap_or(general)
    }
}
