//! An insight as a file has it.

use popkit_protocol::{Insight, InsightKind, Timestamp};

/// An insight as a file has it.
///
/// In the file its sort is one of the three words of the originals:
///
/// | Sort | Word |
/// |---|---|
/// | discovery, docs updated, any other | `discovery` |
/// | warning, blocker, question | `warning` |
/// | pattern, docs needed | `recommendation` |
///
/// Where a word says less than the sort, the sort stands beside it, as `x_popkit.kind`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInsight {
    /// Its id. The form of the documents has none.
    pub id: Option<String>,
    /// Who found it.
    pub agent: String,
    /// In which phase.
    pub phase: Option<String>,
    /// What sort it is.
    pub kind: InsightKind,
    /// What was found.
    pub content: String,
    /// The words by which it finds its readers.
    pub tags: Vec<String>,
    /// When. The form of the documents has no time.
    pub timestamp: Option<Timestamp>,
}

impl FileInsight {
    /// A discovery without id, phase, tags and time.
    pub fn new(agent: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            id: None,
            agent: agent.into(),
            phase: None,
            kind: InsightKind::Discovery,
            content: content.into(),
            tags: Vec::new(),
            timestamp: None,
        }
    }

    /// An insight of a session, found in this phase.
    #[must_use]
    pub fn of(insight: &Insight, phase: Option<&str>) -> Self {
        Self {
            id: Some(insight.id.to_string()),
            agent: insight.from.to_string(),
            phase: phase.map(str::to_owned),
            kind: insight.kind.clone(),
            content: insight.content.clone(),
            tags: insight.tags.clone(),
            timestamp: Some(insight.timestamp),
        }
    }

    /// Whether both are one: by their ids, or where one has none by finder and content.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => self.agent == other.agent && self.content.trim() == other.content.trim(),
        }
    }
}
