//! What follows a failed attempt.

use std::time::Duration;

/// How often, and after which wait, a failed task is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// Attempts after the first, 0 to 999.
    pub max: u32,
    /// How waits grow.
    pub backoff: Backoff,
    /// The first wait; absent where the plan does not say.
    pub delay: Option<Duration>,
    /// The longest wait; absent where the plan does not say.
    pub max_delay: Option<Duration>,
}

impl Retries {
    /// So many retries, with waits as the runner chooses.
    #[must_use]
    pub fn times(max: u32) -> Self {
        Self { max, backoff: Backoff::default(), delay: None, max_delay: None }
    }
}

/// How the wait before a retry grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Backoff {
    /// No wait.
    None,
    /// Always the same wait.
    Fixed,
    /// Each wait twice the one before.
    #[default]
    Exponential,
}

impl Backoff {
    pub(crate) const NAMES: [&'static str; 3] = ["fixed", "exponential", "none"];

    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "fixed" => Some(Self::Fixed),
            "exponential" => Some(Self::Exponential),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}
