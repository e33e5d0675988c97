//! How many agents at once.

use std::fmt;

use super::{Mode, ModeError, Wanted};

/// How many agents may work at once, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentLimit {
    /// How many.
    pub agents: u32,
    /// Which key of the configuration sets it; absent where it is what was asked for.
    pub set_by: Option<String>,
    /// How many were asked for.
    pub asked: Option<u32>,
}

impl AgentLimit {
    pub(super) fn of(mode: Mode, wanted: &Wanted) -> Result<Self, ModeError> {
        let mut limits = vec![(wanted.most, "limits.max_parallel_agents".to_owned())];
        if mode == Mode::Native {
            limits.push((wanted.native.agents, "native.max_parallel_agents".to_owned()));
        }
        if let Some(rule) = wanted.tier {
            limits.push((rule.agents, format!("tier_limits.{}.max_agents", rule.tier)));
        }
        let least = limits.into_iter().min_by_key(|(agents, _)| *agents);
        let (most, set_by) = least.unwrap_or_default();
        let asked = wanted.agents;
        if asked == Some(0) {
            return Err(ModeError::NoAgents { set_by: "the request".to_owned() });
        }
        if most == 0 {
            return Err(ModeError::NoAgents { set_by });
        }
        Ok(match asked {
            Some(agents) if agents <= most => Self { agents, set_by: None, asked },
            _ => Self { agents: most, set_by: Some(set_by), asked },
        })
    }
}

impl fmt::Display for AgentLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.asked, &self.set_by) {
            (Some(asked), Some(key)) => {
                write!(f, "{} of the {asked} that are asked for, by {key}", self.agents)
            }
            (None, Some(key)) => write!(f, "{} at most, by {key}", self.agents),
            (_, None) => write!(f, "{}, as asked for", self.agents),
        }
    }
}
