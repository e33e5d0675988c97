//! The order in which tasks are claimed: one static integer, lowest first.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ParseError, Timestamp};

/// How urgent a task is: higher first. People use 1 to 10, default 5; stores accept 0 to
/// 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(u8);

impl Priority {
    /// The default: 5.
    pub const NORMAL: Self = Self(5);

    /// Any level a store accepts, 0 to 255.
    #[must_use]
    pub const fn raw(level: u8) -> Self {
        Self(level)
    }

    /// The number.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self::NORMAL
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl TryFrom<i64> for Priority {
    type Error = ParseError;

    fn try_from(level: i64) -> Result<Self, ParseError> {
        match u8::try_from(level) {
            Ok(level @ 1..=10) => Ok(Self(level)),
            _ => Err(ParseError::new(
                "priority",
                &level.to_string(),
                "expected 1 (last) to 10 (first)",
            )),
        }
    }
}

/// How scores are made. Belongs to the whole store: all its tasks are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ScoreMode {
    /// A higher priority always goes first; within one priority, first in, first out.
    #[default]
    Strict,
    /// A task one level lower wins once it has waited `step` longer, so nothing starves.
    Ageing {
        /// The wait that weighs as much as one level of priority.
        step: Duration,
    },
}

/// A task's place in its lane: lower goes first. Made once; it costs nothing at claim
/// time.
///
/// Both parts stay below 2^53, so they are exact as a double of a Lua script and in every
/// SQL integer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Score {
    /// Compared first.
    pub major: u64,
    /// Compared second: the store's insertion number, so that ties are impossible.
    pub seq: u64,
}

/// Insertion numbers per priority level: 2^40.
const LEVEL: u64 = 1 << 40;

impl ScoreMode {
    /// The score of a task.
    ///
    /// Strict: `(255 - priority) * 2^40 + seq`. Ageing: `created_ms + (255 - priority) *
    /// step_ms`.
    #[must_use]
    pub fn score(self, priority: Priority, created: Timestamp, seq: u64) -> Score {
        let below = u64::from(u8::MAX - priority.level());
        let major = match self {
            Self::Strict => below * LEVEL + seq % LEVEL,
            Self::Ageing { step } => {
                let step = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
                (created.as_micros() / 1000).saturating_add(below.saturating_mul(step))
            }
        };
        Score { major, seq }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_priority_then_insertion() {
        let score =
            |level, seq| ScoreMode::Strict.score(Priority::raw(level), Timestamp::EPOCH, seq);
        assert!(score(9, 1000) < score(8, 1));
        assert!(score(5, 1) < score(5, 2));
        assert!(score(0, LEVEL - 1).major < 1 << 53, "exact as a double");
    }

    #[test]
    fn ageing_lets_the_old_pass() {
        let mode = ScoreMode::Ageing { step: Duration::from_secs(60) };
        let old = mode.score(Priority::raw(4), Timestamp::from_millis(0), 1);
        let young = |ms| mode.score(Priority::raw(5), Timestamp::from_millis(ms), 2);
        assert!(young(59_999) < old);
        assert!(old < young(60_001));
        assert!(old < young(60_000), "a tie goes by insertion");
    }
}
