//! Lanes: matching what tasks require with what agents can do, without a scan.
//!
//! A lane is the canonical signature of a requirement. Every ready task stands in exactly
//! one lane, ordered by score; an agent looks at the heads of the lanes it may serve.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AgentId, Capability, ParseError, TaskKind};

/// What an agent must be and have to serve a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requirement {
    /// The kind of work.
    pub kind: TaskKind,
    /// All of these.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<Capability>,
    /// Only this agent, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
}

impl Requirement {
    /// A requirement of the kind alone.
    #[must_use]
    pub fn new(kind: TaskKind) -> Self {
        Self { kind, capabilities: BTreeSet::new(), agent: None }
    }

    /// The canonical text: equal requirements give equal texts, different ones different
    /// texts (no name can contain `;`, `,` or `=`).
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = format!("kind={}", self.kind);
        for (i, capability) in self.capabilities.iter().enumerate() {
            let lead = if i == 0 { ";all=" } else { "," };
            let _ = write!(text, "{lead}{capability}");
        }
        if let Some(agent) = &self.agent {
            let _ = write!(text, ";agent={agent}");
        }
        text
    }

    /// The key of its lane.
    #[must_use]
    pub fn lane(&self) -> LaneKey {
        LaneKey::of(&self.canonical())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical())
    }
}

/// The name of a lane: the first 128 bits of the SHA-256 of the canonical requirement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LaneKey(u128);

impl LaneKey {
    fn of(canonical: &str) -> Self {
        let digest = Sha256::digest(canonical.as_bytes());
        let bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        Self(bits)
    }

    /// Takes 128 bits from a store's record.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for LaneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LaneKey({:032x})", self.0)
    }
}

impl From<LaneKey> for String {
    fn from(key: LaneKey) -> Self {
        key.to_string()
    }
}

impl FromStr for LaneKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        u128::from_str_radix(text, 16)
            .ok()
            .filter(|_| {
                text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            })
            .map(Self)
            .ok_or_else(|| ParseError::new("lane key", text, "expected 32 lower-case hex digits"))
    }
}

impl TryFrom<String> for LaneKey {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

/// An entry of a store's lane registry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lane {
    /// Its name.
    pub key: LaneKey,
    /// What it stands for.
    pub requirement: Requirement,
}

impl From<Requirement> for Lane {
    fn from(requirement: Requirement) -> Self {
        Self { key: requirement.lane(), requirement }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn requirement() -> impl Strategy<Value = Requirement> {
        let label = "[a-c][a-c:/]{0,2}";
        let set = prop::collection::btree_set(label, 0..3);
        (label, set, prop::option::of("[a-b]{1,2}")).prop_map(|(kind, all, agent)| Requirement {
            kind: TaskKind::new(kind).unwrap(),
            capabilities: all.into_iter().map(|c| Capability::new(c).unwrap()).collect(),
            agent: agent.map(|a| AgentId::new(a).unwrap()),
        })
    }

    #[test]
    fn the_signature_ignores_the_order_of_capabilities() {
        let make = |names: [&str; 2]| Requirement {
            capabilities: names.map(|n| Capability::new(n).unwrap()).into(),
            ..Requirement::new(TaskKind::new("build").unwrap())
        };
        assert_eq!(make(["gpu", "rust"]).canonical(), "kind=build;all=gpu,rust");
        assert_eq!(make(["gpu", "rust"]).lane(), make(["rust", "gpu"]).lane());
    }

    proptest! {
        #[test]
        fn different_requirements_never_share_a_lane(a in requirement(), b in requirement()) {
            prop_assert_eq!(a.canonical() == b.canonical(), a == b);
            prop_assert_eq!(a.lane() == b.lane(), a == b);
        }
    }
}
