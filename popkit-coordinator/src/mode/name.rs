//! The modes and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ModeError;

/// A way in which agents work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// Child processes of this program, over the embedded store.
    Native,
    /// A Redis of Upstash, over REST.
    Upstash,
    /// A Redis server.
    Redis,
    /// Plain files.
    File,
}

impl Mode {
    /// All, in the order in which they are tried unless it is said otherwise.
    pub const ALL: [Self; 4] = [Self::Native, Self::Upstash, Self::Redis, Self::File];

    /// The name, as in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Upstash => "upstash",
            Self::Redis => "redis",
            Self::File => "file",
        }
    }

    /// What helps where it cannot be used.
    pub(super) const fn mend(self) -> &'static str {
        match self {
            Self::Native => "update Claude Code, or give the command of the agents",
            Self::Upstash => "set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN",
            Self::Redis => "start one with `popkit redis start`, or name one by its URL",
            Self::File => "choose a folder that can be written to",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = ModeError;

    /// # Errors
    ///
    /// [`ModeError::Name`] where no mode has this name, with the nearest that one has.
    fn from_str(text: &str) -> Result<Self, ModeError> {
        let found = Self::ALL.into_iter().find(|mode| mode.name() == text);
        found.ok_or_else(|| ModeError::unknown("mode", text, &Self::ALL.map(Self::name)))
    }
}
