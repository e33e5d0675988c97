//! Phases: gather, stand at the barrier, work, and what comes out of it.

mod bound;
mod documentation;
mod judge;
mod part;
mod result;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use popkit_protocol::message::{ObjectiveUpdate, PhaseStart};
use popkit_protocol::{AgentId, Message, Party, TaskState, Timestamp};
use serde::{Deserialize, Serialize};

use super::Machine;
use super::barrier::Ending;
use super::effect::{About, Doc, End, Event, PhaseEnd, Removal};
use super::input::Policy;
pub(super) use bound::{Breach, bounds};
use part::Part;
pub(super) use result::{PhaseResult, task_of};
pub(super) use stage::Stage;

/// More stages than a session has.
const ROUNDS: usize = 256;

/// What is known of the phases.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Phases {
    /// The names of those that are over, but for skipped ones.
    pub(super) completed: Vec<String>,
    /// What came out, by phase.
    pub(super) results: BTreeMap<u32, Vec<PhaseResult>>,
    /// Bytes of it.
    result_bytes: usize,
    /// Who works on the phase that runs.
    parts: BTreeMap<AgentId, Part>,
    /// How many were to work on it and are not waited for any more.
    #[serde(default)]
    dropped: u32,
    /// Who stands at the barrier of the next phase already.
    early: BTreeSet<AgentId>,
    verdicts: judge::Verdicts,
    papers: documentation::Papers,
}

impl Machine {
    /// Does all that has become possible. Everything is derived from the state, so nothing is
    /// missed because something else came first.
    pub(super) fn advance(&mut self) {
        for _ in 0..ROUNDS {
            if matches!(self.stage, Stage::Waiting | Stage::Over(_)) || self.frozen.is_some() {
                return;
            }
            self.settle_barriers();
            self.place_jobs();
            let goes_on = match self.stage.clone() {
                Stage::Waiting | Stage::Over(_) => false,
                Stage::Gathering { since } => self.gather(since),
                Stage::Syncing { barrier } => self.sync(&barrier),
                Stage::Running { due, .. } => self.run(due),
                Stage::Documenting { due } => self.document_phase(due),
                Stage::Judging { due } => self.judge(due),
            };
            if !goes_on {
                return;
            }
        }
    }

    fn gather(&mut self, since: Timestamp) -> bool {
        let here = self.roster.present();
        let settings = &self.settings.agents;
        let is_first = self.phases.completed.is_empty();
        let is_late = self.clock.steady() >= since.after(settings.gather);
        let wanted = if is_first && !is_late { settings.wanted.max(1) } else { 1 };
        if here.len() < usize::try_from(wanted).unwrap_or(usize::MAX) {
            return false;
        }
        if !self.settings.phases.sync {
            self.begin_phase(here);
            return true;
        }
        let phase = self.objective.current_phase;
        let name = self.objective.phase().unwrap_or_default();
        let instruction = format!("Finish what you do, then answer: phase {name} begins.");
        let early = std::mem::take(&mut self.phases.early);
        let policy = self.settings.barriers.policy;
        let barrier = self.open_barrier(&phase_barrier(phase), here, instruction, policy);
        for agent in early {
            self.reach(&barrier, &agent);
        }
        self.stage = Stage::Syncing { barrier };
        self.save(Doc::Status);
        true
    }

    fn sync(&mut self, barrier: &str) -> bool {
        match self.barriers.ending(barrier) {
            Ending::Open => false,
            Ending::Released(arrived) => {
                let here = self.roster.present();
                self.begin_phase(arrived.intersection(&here).cloned().collect());
                true
            }
            Ending::Starved => {
                self.stage = Stage::Gathering { since: self.clock.steady() };
                true
            }
            Ending::Failed(reason) => {
                self.finish(End::Failed { reason });
                false
            }
        }
    }

    fn begin_phase(&mut self, agents: BTreeSet<AgentId>) {
        let steady = self.clock.steady();
        let due = steady.after(self.phase_span());
        self.stage = Stage::Running { since: steady, due };
        self.roster.mark_all();
        self.phases.early.clear();
        self.phases.dropped = 0;
        self.phases.parts = agents.into_iter().map(|agent| (agent, Part::told(steady))).collect();
        self.record(Event::PhaseBegan { phase: self.objective.current_phase });
        self.publish(Party::Everyone, self.phase_start());
        self.save(Doc::Objective);
        self.save(Doc::Status);
    }

    /// What tells an agent that the phase begins, or has begun.
    fn phase_start(&self) -> Message {
        let phase = self.objective.current_phase;
        let name = self.objective.phase().unwrap_or_default();
        let query = format!("{name} {}", self.objective.description);
        let handed = self.handed_on();
        let mut start = PhaseStart::new(name, phase)
            .with_recommendations(self.recommendations(&query))
            .with_previous_results(handed.clone());
        start.extra = self.left_out(start.extra, handed.len());
        let message = Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start));
        if self.fits(&message) {
            return message;
        }
        // A result that is nested too deep. Nobody may miss the phase because of it.
        let mut start = PhaseStart::new(name, phase);
        start.extra = self.left_out(start.extra, 0);
        Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start))
    }

    /// How long one phase may take: its share of the run time, and some more.
    fn phase_span(&self) -> std::time::Duration {
        let phases = u32::try_from(self.objective.phases.len()).unwrap_or(u32::MAX).max(1);
        let runtime = bounds(&self.objective, &self.settings).runtime;
        (runtime / phases)
            .saturating_mul(self.settings.phases.multiplier_percent)
            .checked_div(100)
            .unwrap_or(runtime)
            .max(std::time::Duration::from_secs(1))
    }

    /// An agent is new, or back: it learns where the session stands.
    pub(super) fn welcome(&mut self, agent: &AgentId) {
        self.show_barriers(agent);
        self.send_again(agent);
        if matches!(self.stage, Stage::Running { .. }) {
            if let Some(member) = self.roster.get_mut(agent) {
                member.mark();
            }
            let part = self.phases.parts.entry(agent.clone()).or_default();
            part.told = self.clock.steady();
            if !part.is_done {
                let start = self.phase_start();
                self.tell(agent, start);
            }
        }
    }

    fn run(&mut self, due: Timestamp) -> bool {
        let phase = self.objective.current_phase;
        let states = self.jobs.of_phase(phase);
        let is_complete = if states.is_empty() {
            // Whoever tells results without being there ends nothing.
            let parts = &self.phases.parts;
            !parts.is_empty() && parts.values().all(|part| part.is_done)
        } else {
            states.iter().all(Option::is_some)
        };
        if is_complete && states.contains(&Some(TaskState::Failed)) {
            return self.incomplete("a task of it has failed");
        }
        if is_complete && states.is_empty() && !self.failed_parts().is_empty() {
            return self.incomplete_parts();
        }
        if is_complete {
            self.close_phase(PhaseEnd::Done);
            return true;
        }
        if self.clock.steady() >= due {
            return self.incomplete("its time is up");
        }
        if states.is_empty() {
            self.tell_again();
        }
        false
    }

    /// All parts of the phase are done, and some of them badly.
    fn incomplete_parts(&mut self) -> bool {
        let failed = self.failed_parts();
        let names: Vec<&str> = failed.iter().map(|agent| agent.as_str()).collect();
        let why = format!("its part could not be done by {}", names.join(", "));
        // With nothing at all there is nothing to go on with.
        if self.settings.phases.policy == Policy::Proceed && self.is_fruitless() {
            let name = self.objective.phase().unwrap_or_default();
            let reason = format!("phase {name}: {why}, and nobody else took part");
            self.finish(End::Failed { reason });
            return true;
        }
        self.incomplete(&why)
    }

    /// What becomes of a phase that does not end well. Says whether it has ended.
    fn incomplete(&mut self, why: &str) -> bool {
        let phase = self.objective.current_phase;
        let name = self.objective.phase().unwrap_or_default().to_owned();
        match self.settings.phases.policy {
            Policy::Proceed => {
                self.violation(None, format!("phase {name} is incomplete: {why}"));
                self.drop_parts(Removal::Overdue);
                self.close_phase(PhaseEnd::Incomplete);
            }
            Policy::Fail => {
                self.finish(End::Failed { reason: format!("phase {name}: {why}") });
            }
            Policy::Hold => {
                let question = format!("phase {name} is incomplete, {why}: end it as it is?");
                self.ask(About::Phase(phase), &question, Party::Coordinator);
                return !matches!(self.stage, Stage::Running { .. });
            }
        }
        true
    }

    /// A person has decided about a phase that does not end.
    pub(super) fn phase_decided(&mut self, phase: u32, goes_on: bool) {
        if phase != self.objective.current_phase || !matches!(self.stage, Stage::Running { .. }) {
            return;
        }
        if goes_on {
            self.drop_parts(Removal::Decided);
            self.close_phase(PhaseEnd::Incomplete);
        } else {
            let name = self.objective.phase().unwrap_or_default();
            let reason = format!("phase {name} was not to end as it was");
            self.finish(End::Failed { reason });
        }
    }

    pub(super) fn skip(&mut self, by: &str) {
        if !self.settings.phases.skip {
            let text = format!("{by} wanted to skip a phase; set phases.skip to allow it");
            self.violation(None, text);
        } else if matches!(self.stage, Stage::Running { .. }) {
            self.drop_parts(Removal::Decided);
            self.end_phase(PhaseEnd::Skipped);
        }
    }

    /// The work of a phase is over; some phases have a check behind it.
    fn close_phase(&mut self, how: PhaseEnd) {
        self.withdraw(&About::Phase(self.objective.current_phase));
        if !self.begin_documents(how) {
            self.end_phase(how);
        }
    }

    fn end_phase(&mut self, how: PhaseEnd) {
        let phase = self.objective.current_phase;
        self.record(Event::PhaseEnded { phase, how });
        if how != PhaseEnd::Skipped {
            self.phases.completed.extend(self.objective.phase().map(str::to_owned));
        }
        self.jobs.close(phase);
        self.phases.parts.clear();
        self.objective.current_phase = phase.saturating_add(1);
        self.save(Doc::Objective);
        if self.objective.phase().is_some() {
            self.stage = Stage::Gathering { since: self.clock.steady() };
        } else {
            self.begin_judging();
        }
        self.save(Doc::Status);
    }
}

/// The name of the barrier before a phase.
pub(super) fn phase_barrier(phase: u32) -> String {
    format!("phase-{phase}")
}
