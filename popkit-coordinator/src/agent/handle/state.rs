//! What the next heartbeat says.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::limits::cut;
use popkit_protocol::session::{AgentDecision, AgentIdentity};
use popkit_protocol::{AgentState, Clock, Timestamp};

use super::AgentHandle;

/// Entries of each list that are kept, the newest ones: they must fit into one message.
const FILES: usize = 100;
const TOOLS: usize = 100;
const BLOCKERS: usize = 16;
const DECISIONS: usize = 32;
/// Bytes of one entry.
const ENTRY: usize = 1024;

/// What the agent says about itself.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) state: AgentState,
    /// Tool calls since the last check-in.
    pub(super) unchecked: u32,
    /// One for each task of a store that is under way.
    busy: Arc<()>,
}

/// A task of a store is under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(#[expect(dead_code, reason = "it counts")] Arc<()>);

impl Said {
    pub(super) fn new(identity: AgentIdentity, now: Timestamp) -> Self {
        Self { state: AgentState::new(identity, now), unchecked: 0, busy: Arc::default() }
    }

    /// The state, as of now. Its time always goes on, whatever the clock does: the coordinator
    /// takes what is not newer for late.
    pub(super) fn now(&mut self, clock: &dyn Clock) -> AgentState {
        let next = self.state.timestamp.after(Duration::from_millis(1));
        self.state.timestamp = next.max(clock.now());
        self.state.clone()
    }

    pub(super) fn begins(&mut self, what: &str) {
        self.state.current_task = Some(cut(what, ENTRY).to_owned());
        self.state.progress = 0.0;
    }

    pub(super) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.busy) > 1
    }

    pub(super) fn rests_unless_busy(&mut self) {
        if !self.is_busy() {
            self.ends();
        }
    }

    pub(super) fn ends(&mut self) {
        self.state.current_task = None;
    }
}

/// Notes an entry as the newest one.
fn note<T: PartialEq>(list: &mut Vec<T>, entry: T, most: usize) {
    list.retain(|old| *old != entry);
    list.push(entry);
    let old = list.len().saturating_sub(most);
    list.drain(..old);
}

/// What the next heartbeat says. None of these wait for anything.
impl AgentHandle {
    /// It works on this now, and has done nothing of it yet.
    pub fn works_on(&self, what: &str) {
        self.core().said().begins(what);
    }

    /// A worker of the session has begun a task: it says what the agent works on.
    pub(crate) fn busy(&self) -> Busy {
        Busy(Arc::clone(&self.core().said().busy))
    }

    /// It works on nothing.
    pub fn rests(&self) {
        self.core().said().ends();
    }

    /// How far it is with that, brought into 0.0 to 1.0. All of it, said by an agent that
    /// works in a phase, means that its part of the phase is done.
    pub fn progress(&self, share: f64) {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self.core().said().state.progress = share;
    }

    /// It has touched this file.
    pub fn touched(&self, file: &str) {
        note(&mut self.core().said().state.files_touched, cut(file, ENTRY).to_owned(), FILES);
    }

    /// It has used this tool, without counting a call: [`tool_call`](Self::tool_call) does.
    pub fn used(&self, tool: &str) {
        note(&mut self.core().said().state.tools_used, cut(tool, ENTRY).to_owned(), TOOLS);
    }

    /// This keeps it from going on.
    pub fn blocked(&self, by: &str) {
        note(&mut self.core().said().state.blockers, cut(by, ENTRY).to_owned(), BLOCKERS);
    }

    /// Nothing keeps it from going on any more.
    pub fn unblocked(&self) {
        self.core().said().state.blockers.clear();
    }

    /// It has decided this on its way, for this reason, as sure as 0.0 to 1.0.
    pub fn decided(&self, decision: &str, reasoning: &str, confidence: f64) {
        let (decision, reasoning) = (cut(decision, ENTRY), cut(reasoning, ENTRY));
        let at = Some(self.core().clock.now());
        let entry = AgentDecision::new(decision, reasoning, confidence, at);
        note(&mut self.core().said().state.decisions, entry, DECISIONS);
    }

    /// What it says about itself.
    #[must_use]
    pub fn state(&self) -> AgentState {
        self.core().said().state.clone()
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{AgentId, ManualClock};

    use super::*;

    #[test]
    fn the_newest_entries_are_kept_once_each() {
        let mut list = Vec::new();
        for n in [1, 2, 3, 1, 4] {
            note(&mut list, n, 3);
        }
        assert_eq!(list, [3, 1, 4]);
    }

    #[test]
    fn time_goes_on_where_the_clock_steps_back() {
        let identity = AgentIdentity::new(AgentId::new("a").unwrap(), "a", "s", Timestamp::EPOCH);
        let clock = ManualClock::default();
        let ahead = clock.now().after(Duration::from_secs(60));
        let mut said = Said::new(identity, ahead);
        let (first, second) = (said.now(&clock).timestamp, said.now(&clock).timestamp);
        assert!(ahead < first && first < second);
    }
}
