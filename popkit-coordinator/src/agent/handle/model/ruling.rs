//! What a person decided, and the end.

use popkit_protocol::Object;
use popkit_protocol::message::Resolution;

/// What was decided. Silence is a no.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ruling {
    /// Which decision; `None` where nobody has even taken up the question.
    pub decision: Option<String>,
    /// Whether what was asked for is allowed.
    pub approved: bool,
    /// What was said about it.
    pub notes: Option<String>,
}

impl Ruling {
    pub(in crate::agent::handle) fn of(resolution: &Resolution) -> Self {
        Self {
            decision: Some(resolution.decision_id.clone()),
            approved: resolution.approved,
            notes: resolution.notes.clone(),
        }
    }

    /// The answer where none came.
    pub(in crate::agent::handle) fn none(decision: Option<String>, notes: &str) -> Self {
        Self { decision, approved: false, notes: Some(notes.to_owned()) }
    }
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// What came out, where the objective is reached.
    pub summary: Option<Object>,
    /// Why it ended otherwise.
    pub notes: Option<String>,
}

impl Ended {
    /// Whether the objective is reached.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.summary.is_some()
    }

    /// How it ended, for people.
    #[must_use]
    pub fn how(&self) -> &str {
        match (&self.summary, &self.notes) {
            (Some(_), _) => "the objective is reached",
            (None, Some(notes)) => notes,
            (None, None) => "nobody has said why",
        }
    }
}
