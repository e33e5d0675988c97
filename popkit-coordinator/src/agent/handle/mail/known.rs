//! What the agent knows already.

use std::collections::{BTreeMap, VecDeque};

use popkit_protocol::message::{PhaseStart, SyncAck};
use popkit_protocol::{MessageId, TaskId, Timestamp};

use super::recent::Recent;
use crate::agent::handle::{Barrier, BarrierEnd, Ended};

/// Barriers and decisions that are remembered, the newest ones.
const BARRIERS: usize = 64;
const DECISIONS: usize = 64;

/// What the agent was told, as far as it matters for what it is told next.
#[derive(Debug)]
pub(super) struct Known {
    /// Messages of the coordinator: the next one sends again what the last one may not have.
    pub(super) messages: Recent<(MessageId, Timestamp)>,
    pub(super) insights: Recent<MessageId>,
    pub(super) tasks: Recent<TaskId>,
    /// The last phase, and when its beginning was told.
    phase: Option<(u32, Timestamp)>,
    barriers: VecDeque<(Barrier, Stand)>,
    /// Decisions that it waits for.
    paused: BTreeMap<String, Pause>,
    pub(super) ended: Option<Ended>,
}

/// How the agent stands at a barrier.
#[derive(Debug)]
enum Stand {
    /// It was asked to come.
    Asked,
    /// It has said that it is there.
    There,
    Over {
        end: BarrierEnd,
        /// The agent was told.
        is_told: bool,
    },
}

/// A wait for a decision.
#[derive(Debug)]
struct Pause {
    reason: String,
    told_at: Timestamp,
    /// The session went on, so the decision was made and is lost. Should it come all the
    /// same, it is still that of a question.
    is_lifted: bool,
}

/// What to do with the request to stand at a barrier.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    New,
    Known,
    /// The answer was lost: once more.
    Again(SyncAck),
}

impl Known {
    pub(super) fn new() -> Self {
        Self {
            messages: Recent::new(),
            insights: Recent::new(),
            tasks: Recent::new(),
            phase: None,
            barriers: VecDeque::new(),
            paused: BTreeMap::new(),
            ended: None,
        }
    }

    /// Whether a phase is new. Phases do not go back within a session, so an earlier one that
    /// is told later is of another session.
    pub(super) fn begins(&mut self, start: &PhaseStart, told_at: Timestamp) -> bool {
        let phase = start.phase_index;
        let is_new =
            self.phase.is_none_or(|(last, at)| phase > last || phase < last && told_at > at);
        if is_new {
            self.phase = Some((phase, told_at));
        }
        is_new
    }

    /// The agent is called to a barrier.
    pub(super) fn called(&mut self, barrier: &Barrier) -> Call {
        match self.stand(barrier) {
            Some(Stand::There) => Call::Again(barrier.ack()),
            Some(_) => Call::Known,
            None => {
                self.keep(barrier.clone(), Stand::Asked);
                Call::New
            }
        }
    }

    /// It says that it is there.
    pub(super) fn arrives(&mut self, barrier: &Barrier) {
        match self.stand(barrier) {
            Some(stand @ Stand::Asked) => *stand = Stand::There,
            Some(_) => {}
            None => self.keep(barrier.clone(), Stand::There),
        }
    }

    /// A barrier is over; `false` where that is known.
    pub(super) fn is_over(&mut self, end: &BarrierEnd) -> bool {
        let over = Stand::Over { end: end.clone(), is_told: false };
        match self.barriers.iter_mut().find(|(barrier, _)| end.is_of(barrier)) {
            Some((_, Stand::Over { .. })) => false,
            Some((_, stand)) => {
                *stand = over;
                true
            }
            None => {
                let barrier = Barrier::ended(end);
                self.keep(barrier, over);
                true
            }
        }
    }

    /// How a barrier ended. It counts as told.
    pub(super) fn end_of(&mut self, barrier: &Barrier) -> Option<BarrierEnd> {
        match self.stand(barrier) {
            Some(Stand::Over { end, is_told }) => {
                *is_told = true;
                Some(end.clone())
            }
            _ => None,
        }
    }

    /// The newest barrier of this name whose end the agent was not told.
    pub(super) fn called_so(&self, name: &str) -> Option<Barrier> {
        let is_told = |stand: &Stand| matches!(stand, Stand::Over { is_told: true, .. });
        let found = self.barriers.iter().rev().find(|(b, s)| b.is_called(name) && !is_told(s));
        found.map(|(barrier, _)| barrier.clone())
    }

    fn stand(&mut self, barrier: &Barrier) -> Option<&mut Stand> {
        let is_it = |known: &Barrier| {
            (&known.name, known.generation) == (&barrier.name, barrier.generation)
        };
        self.barriers.iter_mut().find(|(known, _)| is_it(known)).map(|(_, stand)| stand)
    }

    fn keep(&mut self, barrier: Barrier, stand: Stand) {
        self.barriers.push_back((barrier, stand));
        if self.barriers.len() > BARRIERS {
            self.barriers.pop_front();
        }
    }

    pub(super) fn pauses(&mut self, decision: &str, reason: &str, told_at: Timestamp) {
        if self.paused.len() >= DECISIONS {
            self.paused.pop_first();
        }
        let pause = Pause { reason: reason.to_owned(), told_at, is_lifted: false };
        self.paused.insert(decision.to_owned(), pause);
    }

    /// A decision was made: why the agent waited for it, if it did.
    pub(super) fn decided(&mut self, decision: &str) -> Option<String> {
        self.paused.remove(decision).map(|pause| pause.reason)
    }

    /// The agent was told to do something: it waits for nothing that it was told before.
    pub(super) fn goes_on(&mut self, told_at: Timestamp) {
        for pause in self.paused.values_mut().filter(|pause| pause.told_at < told_at) {
            pause.is_lifted = true;
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.values().any(|pause| !pause.is_lifted)
    }
}

#[cfg(test)]
#[path = "known/tests.rs"]
mod tests;
