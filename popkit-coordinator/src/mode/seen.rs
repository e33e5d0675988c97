//! What there is.

use super::Version;

/// What was found. What nobody looked at is as if it were not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The version of Claude Code; absent where there is none.
    pub claude: Option<Version>,
    /// The Upstash that the environment names; absent where it names none.
    pub upstash: Option<Probe>,
    /// The Redis that is named, or that of the configuration; absent where there is none.
    pub redis: Option<Probe>,
    /// The folder for files; absent where there is none.
    pub file: Option<Probe>,
}

/// Something that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// What it is, as people read it: a URL without its password, a path.
    pub at: String,
    /// Why it cannot be used; absent where it can.
    pub failure: Option<String>,
}

impl Probe {
    /// Something that answers.
    pub fn ready(at: impl Into<String>) -> Self {
        Self { at: at.into(), failure: None }
    }

    /// Something that does not, and why.
    pub fn failed(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self { at: at.into(), failure: Some(why.into()) }
    }
}
