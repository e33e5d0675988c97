//! What agents use up, and what happens when it is too much.

use popkit_protocol::{AgentId, Object, Party};

use super::Roster;
use crate::machine::Machine;
use crate::machine::effect::{About, End};
use crate::machine::input::Spending;
use crate::machine::phase::{Breach, bounds};

impl Roster {
    /// Tokens and millionths of the currency, of all agents that are remembered.
    pub(in crate::machine) fn spent(&self) -> (u64, u64) {
        let sum = |used: fn(&super::Member) -> u64| {
            self.members.values().map(used).fold(0, u64::saturating_add)
        };
        (sum(|m| m.used_tokens), sum(|m| m.used_micros))
    }

    pub(in crate::machine) fn tool_calls(&self) -> u64 {
        let calls = self.members.values().map(|member| member.state.tool_call_count);
        calls.fold(0, u64::saturating_add)
    }
}

impl Machine {
    /// What a message says about it, under `usage` of its extensions.
    pub(in crate::machine) fn used(&mut self, agent: &AgentId, body: &Object) {
        let Some(usage) = body.extension::<Object>("usage") else { return };
        self.spent(&Spending {
            agent: agent.clone(),
            tokens: usage.get("tokens").unwrap_or(0),
            cost_micros: usage.get("cost_micros").unwrap_or(0),
        });
    }

    pub(in crate::machine) fn spent(&mut self, spending: &Spending) {
        let agent = &spending.agent;
        let Some(member) = self.roster.get_mut(agent) else {
            self.counters.strangers += 1;
            return;
        };
        member.used_tokens = member.used_tokens.saturating_add(spending.tokens);
        member.used_micros = member.used_micros.saturating_add(spending.cost_micros);
        if member.tokens.is_some_and(|most| member.used_tokens >= most) {
            self.budget_is_up(agent, "tokens");
        }
        let (_, cost) = self.roster.spent();
        if self.cost.is_some_and(|most| cost >= most) {
            self.cost_is_up();
        }
    }

    pub(in crate::machine) fn count_tool_calls(&mut self, agent: &AgentId) {
        let Some(member) = self.roster.get(agent) else { return };
        if member.state.tool_call_count >= member.tool_calls {
            self.budget_is_up(agent, "tool calls");
        }
    }

    fn budget_is_up(&mut self, agent: &AgentId, what: &str) {
        if self.end().is_none() {
            let question = format!("{agent} has used up its {what}: let it go on as long again?");
            self.ask(About::Budget(agent.clone()), &question, Party::Agent(agent.clone()));
        }
    }

    /// A person lets an agent go on: as much again, on top of what it has used.
    pub(in crate::machine) fn budget_granted(&mut self, agent: &AgentId) {
        let limits = self.settings.limits.clone();
        let Some(member) = self.roster.get_mut(agent) else { return };
        if member.state.tool_call_count >= member.tool_calls {
            let more = limits.tool_calls.max(1);
            member.tool_calls = member.state.tool_call_count.saturating_add(more);
        }
        if member.tokens.is_some_and(|most| member.used_tokens >= most) {
            let more = limits.tokens.unwrap_or(0).max(1);
            member.tokens = Some(member.used_tokens.saturating_add(more));
        }
    }

    /// A person denies it: the agent is told once, and not asked about again.
    pub(in crate::machine) fn budget_denied(&mut self, agent: &AgentId) {
        if let Some(member) = self.roster.get_mut(agent) {
            member.tool_calls = u64::MAX;
            member.tokens = None;
        }
    }

    fn cost_is_up(&mut self) {
        if self.end().is_some() {
            return;
        }
        match bounds(&self.objective, &self.settings).on_cost {
            Breach::Note => {
                self.cost = None;
                self.violation(None, "the session has cost more than it may".to_owned());
            }
            Breach::End => {
                let reason = "it has cost more than it may".to_owned();
                self.finish(End::Failed { reason });
            }
            Breach::Ask => {
                self.freeze(
                    About::Cost,
                    "the session has cost what it may: let it cost as much again?",
                );
            }
        }
    }

    /// A person lets the session cost more.
    pub(in crate::machine) fn cost_granted(&mut self) {
        let (_, spent) = self.roster.spent();
        let more = bounds(&self.objective, &self.settings).cost_micros.unwrap_or(0).max(1);
        self.cost = Some(spent.saturating_add(more));
    }
}
