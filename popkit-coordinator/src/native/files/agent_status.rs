//! How far an agent of a native session is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far an agent is, in the words of the originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentStatus {
    /// It has not begun.
    #[default]
    Pending,
    /// It works.
    Running,
    /// It has done its work.
    Completed,
    /// It ended without.
    Failed,
    /// It was stopped because its time was up.
    Timeout,
}

impl AgentStatus {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
        }
    }
}

impl fmt::Display for AgentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
