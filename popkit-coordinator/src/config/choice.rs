//! What others than the machine make of the file.

use popkit_protocol::{Namespace, ParseError, SessionId};

use super::Config;
use crate::mode::{NativeRule, Tier, Wanted};

impl Config {
    /// What the file wants of the choice of a mode: the order, the rules of native mode and of
    /// a tier, the limit of agents. What a person asks for beside it is to be filled in.
    #[must_use]
    pub fn wanted(&self, tier: Option<Tier>) -> Wanted {
        Wanted {
            priority: self.mode_priority.clone(),
            tier: tier.map(|tier| self.tier_limits.rule(tier)),
            native: NativeRule {
                enabled: self.native.enabled,
                version: self.native.min_claude_code_version,
                agents: self.native.max_parallel_agents,
            },
            most: self.limits.max_parallel_agents,
            ..Wanted::default()
        }
    }

    /// Under which names a session has its channels and keys: `channels.prefix`, and the name
    /// of the session where it has one.
    ///
    /// # Errors
    ///
    /// [`ParseError`] for a prefix that was set by hand and is none; a file's is checked.
    pub fn namespace(&self, session: Option<&SessionId>) -> Result<Namespace, ParseError> {
        let namespace = session.map_or_else(Namespace::unnamed, Namespace::of);
        namespace.with_root(&self.channels.prefix)
    }

    /// The actions for which agents must ask a person: those of
    /// `guardrails.human_required_actions` and of `consensus.require_unanimous_for`, each once.
    #[must_use]
    pub fn human_actions(&self) -> Vec<&str> {
        let unanimous = &self.consensus.require_unanimous_for;
        let mut actions: Vec<&str> = Vec::new();
        for action in self.guardrails.human_required_actions.iter().chain(unanimous) {
            if !actions.contains(&action.as_str()) {
                actions.push(action);
            }
        }
        actions
    }
}
