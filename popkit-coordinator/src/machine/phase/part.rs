//! What each agent has to do in the phase that runs.

use popkit_protocol::message::ProgressMessage;
use popkit_protocol::text::clean;
use popkit_protocol::{AgentId, AgentState, Message, Object, Party, Timestamp};
use serde::{Deserialize, Serialize};

use super::Stage;
use crate::machine::Machine;
use crate::machine::effect::{Doc, Event, Removal};

/// Bytes of the reason why an agent could not do its part.
const REASON: usize = 500;

/// One agent's share of a phase.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// It said in this phase that it is not done yet.
    has_begun: bool,
    pub(super) is_done: bool,
    /// It is done, and nothing good came of it.
    #[serde(default)]
    pub(super) has_failed: bool,
    /// When it was last told that the phase began.
    pub(super) told: Timestamp,
}

impl Part {
    /// Of an agent that is told now.
    pub(super) fn told(steady: Timestamp) -> Self {
        Self { told: steady, ..Self::default() }
    }
}

impl Machine {
    pub(in crate::machine) fn progress(&mut self, agent: &AgentId, message: &ProgressMessage) {
        let Some(share) = message.progress() else {
            return;
        };
        if !self.roster.is_present(agent) {
            self.counters.strangers += 1;
            return;
        }
        self.used(agent, &message.body);
        let phase = self.objective.current_phase;
        if message.body.extension::<u32>("phase") == Some(phase) && share >= 1.0 {
            self.part_done(agent);
        } else {
            self.part_progress(agent, share, None);
        }
        if matches!(self.stage, Stage::Running { .. }) {
            let told = Message::Progress(ProgressMessage::announce(share, agent, phase));
            self.publish(Party::Everyone, told);
        }
    }

    /// A heartbeat says how far its agent is.
    pub(in crate::machine) fn part_state(&mut self, agent: &AgentId, state: &AgentState) {
        // What was said before the phase began is about the one before.
        let is_of_phase = self.roster.is_of_phase(agent, state.timestamp);
        if is_of_phase && state.current_task.is_some() {
            self.part_progress(agent, state.progress, Some(state.timestamp));
        }
    }

    fn part_progress(&mut self, agent: &AgentId, share: f64, sent_at: Option<Timestamp>) {
        if !matches!(self.stage, Stage::Running { .. }) {
            return;
        }
        if share < 1.0 {
            // Who works is waited for, also when it was late at the barrier.
            self.phases.parts.entry(agent.clone()).or_default().has_begun = true;
            return;
        }
        // Who was done before and has not begun yet says the same as who is done again; but
        // not for long.
        let is_settled = sent_at.is_some_and(|at| self.roster.is_settled(agent, at));
        if self.phases.parts.get(agent).is_some_and(|part| part.has_begun || is_settled) {
            self.part_done(agent);
        }
    }

    /// An agent has done its part.
    pub(super) fn part_done(&mut self, agent: &AgentId) {
        if !matches!(self.stage, Stage::Running { .. }) {
            return;
        }
        let part = self.phases.parts.entry(agent.clone()).or_default();
        if !part.is_done {
            part.is_done = true;
            let phase = self.objective.current_phase;
            self.record(Event::PartDone { phase, agent: agent.clone() });
            self.save(Doc::Status);
        }
    }

    /// An agent says that its part went well, perhaps in spite of what it said before.
    pub(super) fn part_succeeded(&mut self, agent: &AgentId) {
        match self.phases.parts.get_mut(agent).filter(|part| part.has_failed) {
            Some(part) => {
                part.has_failed = false;
                let phase = self.objective.current_phase;
                self.record(Event::PartDone { phase, agent: agent.clone() });
                self.save(Doc::Status);
            }
            None => self.part_done(agent),
        }
    }

    /// Another start of an agent tries what the earlier one could not do, while there is time.
    pub(in crate::machine) fn part_again(&mut self, agent: &AgentId) {
        if self.phases.parts.get(agent).is_some_and(|part| part.has_failed) {
            self.phases.parts.remove(agent);
        }
    }

    /// Whether nobody could do anything in the phase that runs: all that take part in the
    /// session have failed at it, and nobody was lost on the way who might have done better.
    pub(super) fn is_fruitless(&self) -> bool {
        let parts = &self.phases.parts;
        self.phases.dropped == 0
            && parts.values().all(|part| part.has_failed)
            && self.roster.present().iter().all(|agent| parts.contains_key(agent))
    }

    /// An agent says that it could not do its part.
    pub(super) fn part_failed(&mut self, agent: &AgentId, body: &Object) {
        let part = self.phases.parts.entry(agent.clone()).or_default();
        if part.is_done {
            return;
        }
        (part.is_done, part.has_failed) = (true, true);
        let reason = body.get::<String>("error").unwrap_or_else(|| "no reason given".to_owned());
        let reason = clean(&reason, REASON).into_owned();
        let phase = self.objective.current_phase;
        self.record(Event::PartFailed { phase, agent: agent.clone(), reason });
        self.save(Doc::Status);
    }

    /// Those that could not do their part.
    pub(super) fn failed_parts(&self) -> Vec<&AgentId> {
        let failed = self.phases.parts.iter().filter(|(_, part)| part.has_failed);
        failed.map(|(agent, _)| agent).collect()
    }

    /// Whoever shows no sign of having begun is told once more: its channel may lose messages.
    pub(super) fn tell_again(&mut self) {
        let (steady, every) = (self.clock.steady(), self.settings.barriers.resend);
        let is_due =
            |part: &Part| !part.has_begun && !part.is_done && steady >= part.told.after(every);
        let mut late = Vec::new();
        for (agent, part) in self.phases.parts.iter_mut().filter(|(_, part)| is_due(part)) {
            part.told = steady;
            late.push(agent.clone());
        }
        for agent in late {
            let start = self.phase_start();
            self.tell(&agent, start);
        }
    }

    /// An agent stands at the barrier of the next phase: it is done with this one.
    pub(in crate::machine) fn early_ack(&mut self, agent: &AgentId, barrier: &str) -> bool {
        let next = self.objective.current_phase.saturating_add(1);
        let is_next = barrier == super::phase_barrier(next);
        let is_running = matches!(self.stage, Stage::Running { .. } | Stage::Documenting { .. });
        if !is_next || !is_running || !self.roster.is_present(agent) {
            return false;
        }
        self.part_done(agent);
        self.phases.early.insert(agent.clone())
    }

    /// An agent is gone: what it has not done is not waited for.
    pub(in crate::machine) fn drop_part(&mut self, agent: &AgentId, why: Removal) {
        self.phases.early.remove(agent);
        if self.phases.parts.get(agent).is_some_and(|part| !part.is_done) {
            self.phases.parts.remove(agent);
            self.phases.dropped = self.phases.dropped.saturating_add(1);
            let phase = self.objective.current_phase;
            self.record(Event::PartDropped { phase, agent: agent.clone(), why });
        }
    }

    pub(super) fn drop_parts(&mut self, why: Removal) {
        for agent in self.unfinished() {
            self.drop_part(&agent, why);
        }
    }

    fn unfinished(&self) -> Vec<AgentId> {
        let open = self.phases.parts.iter().filter(|(_, part)| !part.is_done);
        open.map(|(agent, _)| agent.clone()).collect()
    }

    /// Who is waited for: at the barrier of the next phase, or in the phase.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<&AgentId> {
        match &self.stage {
            Stage::Syncing { barrier } => self.barriers.missing(barrier),
            Stage::Running { .. } => {
                let open = self.phases.parts.iter().filter(|(_, part)| !part.is_done);
                open.map(|(agent, _)| agent).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a message was sent before the phase that runs began.
    pub(super) fn is_before_phase(&self, agent: &AgentId, sent_at: Timestamp) -> bool {
        let is_running = matches!(self.stage, Stage::Running { .. });
        is_running && !self.roster.is_of_phase(agent, sent_at)
    }
}
