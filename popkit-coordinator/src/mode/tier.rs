//! Tiers of the originals: how much one may have at once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Mode, ModeError};

/// A tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Tier {
    /// Files, two agents.
    Free,
    /// Native, five agents.
    Premium,
    /// Native or a Redis, ten agents.
    Pro,
}

impl Tier {
    /// All, from the smallest.
    pub const ALL: [Self; 3] = [Self::Free, Self::Premium, Self::Pro];

    /// The name, as in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Premium => "premium",
            Self::Pro => "pro",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Tier {
    type Err = ModeError;

    /// # Errors
    ///
    /// [`ModeError::Name`] where no tier has this name, with the nearest that one has.
    fn from_str(text: &str) -> Result<Self, ModeError> {
        let found = Self::ALL.into_iter().find(|tier| tier.name() == text);
        found.ok_or_else(|| ModeError::unknown("tier", text, &Self::ALL.map(Self::name)))
    }
}

/// What a tier allows: a block of `tier_limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierRule {
    /// Which.
    pub tier: Tier,
    /// Its mode, `mode`. Files are allowed in any tier.
    pub mode: Mode,
    /// How many agents at once, `max_agents`.
    pub agents: u32,
    /// Whether a Redis is allowed where its mode is not there, `redis_fallback`.
    pub redis: bool,
}

impl TierRule {
    /// The rule as the originals ship it.
    #[must_use]
    pub const fn shipped(tier: Tier) -> Self {
        let (mode, agents, redis) = match tier {
            Tier::Free => (Mode::File, 2, false),
            Tier::Premium => (Mode::Native, 5, false),
            Tier::Pro => (Mode::Native, 10, true),
        };
        Self { tier, mode, agents, redis }
    }

    pub(super) fn allows(&self, mode: Mode) -> bool {
        let is_redis = |mode| matches!(mode, Mode::Redis | Mode::Upstash);
        let by_mode = self.mode == mode || (is_redis(self.mode) && is_redis(mode));
        by_mode || mode == Mode::File || (self.redis && is_redis(mode))
    }
}
