//! What an agent offers.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Requirement;
use crate::{AgentId, Capability, TaskKind};

/// The kinds of work an agent takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kinds {
    /// Every kind: for programs that hand tasks on, such as a shell loop.
    Any,
    /// These only. A kind that no agent offers is never claimed.
    Only(BTreeSet<TaskKind>),
}

/// What an agent offers: who it is, the kinds of work it takes and what it can do.
/// Cloning shares the content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Profile(Arc<Content>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Content {
    agent: AgentId,
    kinds: Kinds,
    capabilities: BTreeSet<Capability>,
}

impl Profile {
    /// A profile.
    #[must_use]
    pub fn new(
        agent: AgentId,
        kinds: Kinds,
        capabilities: impl IntoIterator<Item = Capability>,
    ) -> Self {
        Self(Arc::new(Content { agent, kinds, capabilities: capabilities.into_iter().collect() }))
    }

    /// The agent's name.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.0.agent
    }

    /// The kinds it takes.
    #[must_use]
    pub fn kinds(&self) -> &Kinds {
        &self.0.kinds
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> &BTreeSet<Capability> {
        &self.0.capabilities
    }

    /// Whether this agent may serve tasks with this requirement.
    #[must_use]
    pub fn serves(&self, requirement: &Requirement) -> bool {
        let kind = match &self.0.kinds {
            Kinds::Any => true,
            Kinds::Only(kinds) => kinds.contains(&requirement.kind),
        };
        kind && requirement.capabilities.is_subset(&self.0.capabilities)
            && requirement.agent.as_ref().is_none_or(|only| *only == self.0.agent)
    }

    /// Whether two handles share one content: a cheap test before comparing it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_capabilities_the_kind_and_the_agent_must_match() {
        let kind = |k| TaskKind::new(k).unwrap();
        let capability = |c| Capability::new(c).unwrap();
        let agent = |a| AgentId::new(a).unwrap();
        let profile =
            Profile::new(agent("a"), Kinds::Only([kind("build")].into()), [capability("rust")]);
        let mut wants = Requirement::new(kind("build"));
        assert!(profile.serves(&wants));
        wants.capabilities.insert(capability("rust"));
        assert!(profile.serves(&wants));
        wants.agent = Some(agent("b"));
        assert!(!profile.serves(&wants));
        wants.agent = None;
        wants.capabilities.insert(capability("gpu"));
        assert!(!profile.serves(&wants));
        assert!(!profile.serves(&Requirement::new(kind("test"))));
        assert!(Profile::new(agent("a"), Kinds::Any, []).serves(&Requirement::new(kind("test"))));
    }
}
