//! What is counted, and what the status says.

use std::collections::{BTreeMap, VecDeque};

use popkit_protocol::{AgentId, Envelope, Json};
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::machine::effect::Event;
use crate::machine::phase::Stage;

/// Names that are counted one by one; the rest together.
const NAMES: usize = 64;
/// Violations that are kept, the first ones.
const VIOLATIONS: usize = 100;
/// Messages of unknown types that are kept, the newest ones, where they are small.
const KEPT: usize = 16;
/// Bytes of one that is small.
const SMALL: usize = 4096;

/// What is counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct Counters {
    pub(super) messages: u64,
    pub(super) repeats: u64,
    pub(super) expired: u64,
    pub(super) dead_letters: u64,
    pub(super) stale_leads: u64,
    pub(in crate::machine) stale_answers: u64,
    pub(in crate::machine) strangers: u64,
    pub(in crate::machine) insights: u64,
    pub(in crate::machine) same_insights: u64,
    pub(in crate::machine) patterns: u64,
    pub(in crate::machine) docs_needed: u64,
    pub(in crate::machine) docs_updated: u64,
    pub(in crate::machine) lost_agents: u64,
    unhandled: BTreeMap<String, u64>,
    missed: BTreeMap<String, u64>,
    kept: VecDeque<Envelope>,
    pub(super) violations: Vec<String>,
}

impl Counters {
    pub(super) fn unhandled(&mut self, name: &str) {
        count(&mut self.unhandled, name, 1);
    }

    pub(super) fn missed(&mut self, channel: &str, number: Option<u64>) {
        count(&mut self.missed, channel, number.unwrap_or(1));
    }

    /// Keeps a message that nobody understands.
    pub(super) fn keep(&mut self, envelope: &Envelope) {
        let size = serde_json::to_string(envelope).map_or(usize::MAX, |text| text.len());
        if size <= SMALL {
            self.kept.push_back(envelope.clone());
        }
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str, by: u64) {
    let is_known = counts.contains_key(name) || counts.len() < NAMES;
    let name = if is_known { name } else { "others" };
    let counted = counts.entry(name.to_owned()).or_default();
    *counted = counted.saturating_add(by);
}

/// The document `pop:coordinator:status`.
#[derive(Serialize)]
struct Status<'a> {
    status: &'static str,
    epoch: u64,
    objective: &'a str,
    phases: &'a [String],
    phase: Option<&'a str>,
    phase_index: u32,
    barrier: Option<&'a str>,
    agents: BTreeMap<&'a AgentId, &'static str>,
    waiting_for: Vec<&'a AgentId>,
    decisions: usize,
    tasks: usize,
    insights: usize,
    running_seconds: u64,
    pending_effects: usize,
    updated_at: String,
    end: Option<&'a crate::machine::effect::End>,
    metrics: Metrics<'a>,
}

#[derive(Serialize)]
struct Metrics<'a> {
    messages: u64,
    repeats: u64,
    expired: u64,
    dead_letters: u64,
    unhandled: &'a BTreeMap<String, u64>,
    missed: &'a BTreeMap<String, u64>,
    results: usize,
    insights_shared: u64,
    insights_repeated: u64,
    patterns_learned: u64,
    lost_agents: u64,
    violations: usize,
    tokens: u64,
    cost_micros: u64,
    tool_calls: u64,
    streams_open: usize,
    streams_done: u64,
}

impl Machine {
    pub(in crate::machine) fn violation(&mut self, agent: Option<AgentId>, text: String) {
        if self.counters.violations.len() < VIOLATIONS {
            self.counters.violations.push(text.clone());
        }
        self.record(Event::Violation { agent, text });
    }

    /// How many messages of a type nobody handled: of types that are unknown, not in use, or
    /// meant for agents.
    #[must_use]
    pub fn unhandled(&self, name: &str) -> u64 {
        self.counters.unhandled.get(name).copied().unwrap_or(0)
    }

    /// The newest small messages that nobody handled, oldest first: at most 16.
    pub fn kept(&self) -> impl Iterator<Item = &Envelope> {
        self.counters.kept.iter()
    }

    pub(super) fn status(&self) -> Json {
        let barrier = match &self.stage {
            Stage::Syncing { barrier } => Some(barrier.as_str()),
            _ => None,
        };
        let counters = &self.counters;
        let (tokens, cost_micros) = self.roster.spent();
        let status = Status {
            status: if self.frozen.is_some() { "paused" } else { self.stage.name() },
            epoch: self.outbox.epoch(),
            objective: &self.objective.description,
            phases: &self.objective.phases,
            phase: self.objective.phase(),
            phase_index: self.objective.current_phase,
            barrier,
            agents: self.roster.standings(),
            waiting_for: self.waiting_for(),
            decisions: self.escalations.len(),
            tasks: self.jobs.open(),
            insights: self.insights.len(),
            running_seconds: self.clock.running().as_secs(),
            pending_effects: self.outbox.pending().count(),
            updated_at: self.clock.wall().to_string(),
            end: self.end(),
            metrics: Metrics {
                messages: counters.messages,
                repeats: counters.repeats,
                expired: counters.expired,
                dead_letters: counters.dead_letters,
                unhandled: &counters.unhandled,
                missed: &counters.missed,
                results: self.phases.results.values().map(Vec::len).sum(),
                insights_shared: counters.insights,
                insights_repeated: counters.same_insights,
                patterns_learned: counters.patterns,
                lost_agents: counters.lost_agents,
                violations: counters.violations.len(),
                tokens,
                cost_micros,
                tool_calls: self.roster.tool_calls(),
                streams_open: self.streams.open(),
                streams_done: self.streams.done(),
            },
        };
        Json::encode(&status).unwrap_or_default()
    }
}
