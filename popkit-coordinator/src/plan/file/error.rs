//! What is wrong with a plan file.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong, with the mend where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlanIssue {
    /// The line, from 1; absent where the whole file is meant.
    pub line: Option<u32>,
    /// The column, from 1, in characters.
    pub column: Option<u32>,
    /// What is wrong, in one line.
    pub message: String,
}

impl fmt::Display for PlanIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
            if let Some(column) = self.column {
                write!(f, "{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}

/// A plan file that cannot be used. Displays one line per issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    file: PathBuf,
    issues: Vec<PlanIssue>,
}

impl PlanError {
    /// The issues of a file, in the order of their places.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, mut issues: Vec<PlanIssue>) -> Self {
        issues.sort_by_key(|issue| (issue.line, issue.column));
        Self { file: file.into(), issues }
    }

    /// The file, as it was named.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All that is wrong, in the order of the file.
    #[must_use]
    pub fn issues(&self) -> &[PlanIssue] {
        &self.issues
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        for (i, issue) in self.issues.iter().enumerate() {
            let end = if i + 1 < self.issues.len() { "\n" } else { "" };
            let gap = if issue.line.is_some() { "" } else { " " };
            write!(f, "{file}:{gap}{issue}{end}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PlanError {}
