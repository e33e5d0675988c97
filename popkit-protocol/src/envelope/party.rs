//! Who sends and receives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AgentId, ParseError};

/// A sender or receiver of messages. As text: the agent's id, `coordinator`, `human` or `*`.
///
/// An [`AgentId`] is never one of these words, whatever the case, so no agent can pass for
/// the coordinator by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Party {
    /// One agent.
    Agent(AgentId),
    /// The coordinator of the session.
    Coordinator,
    /// The person who watches over it.
    Human,
    /// All agents.
    Everyone,
}

impl Party {
    /// The agent, if it is one.
    #[must_use]
    pub fn agent(&self) -> Option<&AgentId> {
        match self {
            Self::Agent(id) => Some(id),
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Agent(id) => id.as_str(),
            Self::Coordinator => "coordinator",
            Self::Human => "human",
            Self::Everyone => "*",
        }
    }
}

impl From<AgentId> for Party {
    fn from(id: AgentId) -> Self {
        Self::Agent(id)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Party {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "coordinator" => Ok(Self::Coordinator),
            "human" => Ok(Self::Human),
            "*" => Ok(Self::Everyone),
            id => AgentId::new(id).map(Self::Agent),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let agent = Party::Agent(AgentId::new("builder-1").unwrap());
        for (party, text) in [
            (agent, "builder-1"),
            (Party::Coordinator, "coordinator"),
            (Party::Human, "human"),
            (Party::Everyone, "*"),
        ] {
            assert_eq!(party.to_string(), text);
            assert_eq!(text.parse::<Party>().unwrap(), party);
            assert_eq!(Some(text), party.agent().map(AgentId::as_str).or(Some(party.as_str())));
        }
    }

    #[test]
    fn nobody_passes_for_the_coordinator() {
        for bad in ["Coordinator", "HUMAN", "broadcast", "", "**", " *", "a b"] {
            assert!(bad.parse::<Party>().is_err(), "{bad:?}");
        }
    }
}
