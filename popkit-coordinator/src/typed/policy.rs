//! How the tasks of one kind are to be treated.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{Capability, NewTask, Priority, RetryPolicy, limits};

/// What all tasks of a kind have in common. Mistakes are collected and reported where the
/// policy is used: when a task is inserted, and when a worker is built.
///
/// ```
/// use std::time::Duration;
///
/// use popkit_coordinator::typed::Policy;
/// use popkit_protocol::RetryPolicy;
///
/// let policy = Policy::new()
///     .requires(["lang:rust", "tool:git"])
///     .priority(7)
///     .retry(RetryPolicy::attempts(5))
///     .progress_every(Duration::from_secs(120));
/// assert!(policy.problems().is_empty());
///
/// let wrong = Policy::new().requires(["Lang Rust"]).priority(11);
/// assert_eq!(wrong.problems().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Policy {
    requires: BTreeSet<Capability>,
    priority: Priority,
    retry: RetryPolicy,
    max_abandons: u32,
    timeout: Option<Duration>,
    progress_every: Option<Duration>,
    review: bool,
    problems: Vec<String>,
}

impl Default for Policy {
    /// What [`NewTask`] does without being told: three attempts, priority 5.
    fn default() -> Self {
        Self {
            requires: BTreeSet::new(),
            priority: Priority::NORMAL,
            retry: RetryPolicy::default(),
            max_abandons: 3,
            timeout: None,
            progress_every: None,
            review: false,
            problems: Vec::new(),
        }
    }
}

impl Policy {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Agents must have these capabilities, all of them.
    pub fn requires<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        for name in names {
            match Capability::new(name) {
                Ok(capability) => {
                    self.requires.insert(capability);
                }
                Err(error) => self.problems.push(error.to_string()),
            }
        }
        self
    }

    /// How urgent: 1 (last) to 10 (first). The default is 5.
    pub fn priority(mut self, level: i64) -> Self {
        match Priority::try_from(level) {
            Ok(priority) => self.priority = priority,
            Err(error) => self.problems.push(error.to_string()),
        }
        self
    }

    /// How often it is tried.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        let attempts = retry.max_attempts;
        if !(1..=limits::ATTEMPTS).contains(&attempts) {
            self.problems.push(format!("{attempts} attempts; expected 1 to {}", limits::ATTEMPTS));
        }
        self.retry = retry;
        self
    }

    /// How long one attempt may run.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.check_span("timeout", limit);
        self.timeout = Some(limit);
        self
    }

    /// An attempt that reports no progress for so long is stopped and tried again.
    pub fn progress_every(mut self, span: Duration) -> Self {
        self.check_span("progress deadline", span);
        self.progress_every = Some(span);
        self
    }

    /// Done work waits for a verdict.
    pub fn review(mut self) -> Self {
        self.review = true;
        self
    }

    /// After so many leases that ended without a word it becomes a dead letter. The default
    /// is 3.
    pub fn max_abandons(mut self, most: u32) -> Self {
        if most == 0 {
            self.problems.push("max abandons 0; expected at least 1".to_owned());
        }
        self.max_abandons = most;
        self
    }

    /// What is wrong with it, one line each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The capabilities that agents must have.
    #[must_use]
    pub fn capabilities(&self) -> &BTreeSet<Capability> {
        &self.requires
    }

    fn check_span(&mut self, what: &str, span: Duration) {
        if span.is_zero() {
            self.problems.push(format!("a {what} of zero; no attempt could end in it"));
        }
    }

    pub(super) fn apply(self, mut task: NewTask) -> NewTask {
        task.requires = self.requires;
        task.priority = self.priority;
        task.retry = self.retry;
        task.max_abandons = self.max_abandons;
        task.timeout = self.timeout;
        task.progress_every = self.progress_every;
        task.review = self.review;
        task
    }
}
