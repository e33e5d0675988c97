//! Where a session stands.

use std::time::Duration;

use popkit_protocol::Timestamp;
use serde::{Deserialize, Serialize};

use crate::machine::effect::End;
use crate::machine::input::AgentSettings;

/// Where a session stands. Times are steady ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::machine) enum Stage {
    /// Nobody leads it yet.
    Waiting,
    /// It waits for agents.
    Gathering { since: Timestamp },
    /// Its agents come to the barrier of the next phase.
    Syncing { barrier: String },
    /// A phase runs.
    Running { since: Timestamp, due: Timestamp },
    /// The work of a phase is over, its documentation is checked.
    Documenting { due: Timestamp },
    /// All phases are over; are the criteria met?
    Judging { due: Timestamp },
    /// It is over.
    Over(End),
}

impl Stage {
    /// In one word.
    pub(in crate::machine) fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Gathering { .. } => "gathering",
            Self::Syncing { .. } => "syncing",
            Self::Running { .. } => "running",
            Self::Documenting { .. } => "documenting",
            Self::Judging { .. } => "judging",
            Self::Over(End::Completed) => "completed",
            Self::Over(End::Failed { .. }) => "failed",
            Self::Over(End::Stopped { .. }) => "stopped",
            Self::Over(End::TimedOut) => "timed_out",
        }
    }

    pub(in crate::machine) fn due(&self, settings: &AgentSettings) -> Option<Timestamp> {
        match self {
            Self::Gathering { since } => Some(since.after(settings.gather)),
            Self::Running { due, .. } | Self::Documenting { due } | Self::Judging { due } => {
                Some(*due)
            }
            Self::Waiting | Self::Syncing { .. } | Self::Over(_) => None,
        }
    }

    /// So much later.
    pub(in crate::machine) fn put_off(&mut self, span: Duration) {
        match self {
            Self::Gathering { since: due }
            | Self::Running { due, .. }
            | Self::Documenting { due }
            | Self::Judging { due } => *due = due.after(span),
            Self::Waiting | Self::Syncing { .. } | Self::Over(_) => {}
        }
    }
}
