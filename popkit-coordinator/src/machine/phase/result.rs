//! What comes out of a phase.

use popkit_protocol::{AgentId, Envelope, Json, Message, MessageId, Object, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::machine::effect::Doc;
use crate::machine::phase::{Phases, Stage};

/// Bytes of all results that are kept whole: 256 KiB. Of later ones the documented keys are
/// kept, where those are short.
const BYTES: usize = 256 * 1024;
/// Results of one phase; later ones are put aside.
const RESULTS: usize = 256;
/// Bytes of results that are handed to the next phase.
const HANDED: usize = 96 * 1024;
/// Bytes of a documented key of a result that is cut.
const KEY: usize = 1024;

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::machine) struct PhaseResult {
    /// The id of its message.
    pub(super) message: MessageId,
    /// Who sent it.
    pub(super) agent: AgentId,
    /// When, by the sender's clock.
    pub(super) sent_at: Timestamp,
    /// Its phase was over when it came in.
    pub(super) late: bool,
    /// It was too large to be kept whole.
    pub(super) cut: bool,
    /// What it says.
    pub(super) result: Object,
}

impl Phases {
    pub(in crate::machine) fn results_of(&self, phase: u32) -> &[PhaseResult] {
        self.results.get(&phase).map_or(&[], Vec::as_slice)
    }
}

impl Machine {
    pub(in crate::machine) fn result(&mut self, agent: &AgentId, envelope: &Envelope) {
        let Message::Result(result) = &envelope.message else {
            return;
        };
        let phase = self.phase_of(agent, &result.body, envelope.sent_at);
        let is_of_now =
            phase == self.objective.current_phase && matches!(self.stage, Stage::Running { .. });
        if !self.keep_result(phase, agent, envelope, &result.body) {
            return;
        }
        self.learn(result);
        self.used(agent, &result.body);
        self.job_result(agent, result);
        let is_partial = result.body.get::<f64>("progress").is_some_and(|share| share < 1.0);
        let is_here = self.roster.is_present(agent);
        if is_of_now && is_here && !is_partial && !self.jobs.holds_any(agent) {
            match result.success() {
                // One of a task says nothing of the phase.
                Some(false) if task_of(&result.body).is_none() => {
                    self.part_failed(agent, &result.body);
                }
                Some(false) => self.part_done(agent),
                _ => self.part_succeeded(agent),
            }
        }
        self.papers_changed(agent);
        if self.end().is_some() {
            self.save(Doc::Completed);
        }
    }

    /// The phase that a result is of: the one it names, else the one in which it was sent.
    fn phase_of(&self, agent: &AgentId, body: &Object, sent_at: Timestamp) -> u32 {
        let current = self.objective.current_phase;
        let last = u32::try_from(self.objective.phases.len()).unwrap_or(u32::MAX).saturating_sub(1);
        match body.extension::<u32>("phase") {
            Some(phase) => phase.min(last),
            None if self.is_before_phase(agent, sent_at) => current.saturating_sub(1),
            None => current.min(last),
        }
    }

    /// Keeps a result; `false` where it is there already, or there is no place.
    fn keep_result(
        &mut self,
        phase: u32,
        agent: &AgentId,
        envelope: &Envelope,
        body: &Object,
    ) -> bool {
        let late = phase < self.objective.current_phase || self.end().is_some();
        let kept = self.phases.results.entry(phase).or_default();
        let is_known = kept.iter().any(|old| {
            old.message == envelope.id && old.agent == *agent && old.sent_at == envelope.sent_at
        });
        if is_known {
            return false;
        }
        if kept.len() >= RESULTS {
            self.dead(envelope, "the phase has 256 results already; report less often");
            return false;
        }
        let size = body.as_json().len();
        let cut = self.phases.result_bytes.saturating_add(size) > BYTES;
        let result = if cut { documented(body) } else { body.clone() };
        self.phases.result_bytes = self.phases.result_bytes.saturating_add(result.as_json().len());
        let (message, sent_at) = (envelope.id.clone(), envelope.sent_at);
        let agent = agent.clone();
        kept.push(PhaseResult { message, agent, sent_at, late, cut, result });
        true
    }

    /// The results of the phase before, for the one that begins.
    pub(super) fn handed_on(&self) -> Vec<Json> {
        let mut room = HANDED;
        let mut handed = Vec::new();
        for result in self.before() {
            let Ok(json) = Json::encode(result) else { continue };
            if json.len() <= room {
                room -= json.len();
                handed.push(json);
            }
        }
        handed
    }

    /// Says how many did not fit.
    pub(super) fn left_out(&self, extra: Object, handed: usize) -> Object {
        let left = self.before().len().saturating_sub(handed);
        if left == 0 {
            return extra;
        }
        extra.clone().with_extension("results_left_out", &left).unwrap_or(extra)
    }

    fn before(&self) -> &[PhaseResult] {
        let phase = self.objective.current_phase.checked_sub(1);
        phase.map_or(&[], |phase| self.phases.results_of(phase))
    }
}

/// The task that a free object names.
pub(in crate::machine) fn task_of(body: &Object) -> Option<TaskId> {
    body.extension("task_id").or_else(|| body.get("task_id"))
}

/// The documented keys alone.
fn documented(body: &Object) -> Object {
    let mut kept = Object::default();
    for key in ["approach", "context", "success", "confidence"] {
        if let Some(value) = body.get::<Json>(key).filter(|value| value.len() <= KEY) {
            kept = kept.clone().with(key, &value).unwrap_or(kept);
        }
    }
    kept
}
