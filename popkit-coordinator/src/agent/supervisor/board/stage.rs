//! For tests: a store without time and without waiting, driven call by call.

use std::collections::BTreeMap;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Backoff, IdSource as _, Kinds, Lease, NewTask, Outcome, Profile, RetryPolicy,
    ScoreMode, SequentialIds, Task, TaskEvent, TaskId, TaskKind, Timestamp,
};
use popkit_store::engine::{EngineState, change, heartbeat, insert, step};
use popkit_store::{
    Action, Beat, ChangeRequest, Claim, Heartbeat, HistoryQuery, PageRequest, StepRequest,
};

use super::{Board, Standings, standings};

/// A task of a kind of its own, tried once.
pub(in super::super) fn task(id: &str, needs: &[&str]) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), TaskKind::new(id).unwrap())
        .with_needs(needs.iter().map(|need| TaskId::new(need).unwrap()))
        .with_retry(RetryPolicy::attempts(1).with_backoff(Backoff::None))
}

/// An agent that takes these kinds.
pub(in super::super) fn profile(kinds: &[&str]) -> Profile {
    let kinds = kinds.iter().map(|kind| TaskKind::new(kind).unwrap()).collect();
    Profile::new(AgentId::new("worker").unwrap(), Kinds::Only(kinds), [])
}

/// What was done to a store so far.
#[derive(Debug)]
pub(in super::super) struct Script {
    state: EngineState,
    ids: SequentialIds,
    leases: BTreeMap<String, Lease>,
    events: Vec<TaskEvent>,
    now: Timestamp,
}

impl Script {
    pub(in super::super) fn new(tasks: impl IntoIterator<Item = NewTask>) -> Self {
        let mut script = Self {
            state: EngineState::new(),
            ids: SequentialIds::default(),
            leases: BTreeMap::new(),
            events: Vec::new(),
            now: Timestamp::from_millis(1_767_225_600_000),
        };
        let batch = tasks.into_iter().collect();
        insert(&mut script.state, script.now, ScoreMode::Strict, batch).unwrap();
        script.passed()
    }

    /// A second later, with the events so far at hand.
    fn passed(mut self) -> Self {
        self.now = self.now.after(Duration::from_secs(1));
        let all = HistoryQuery::default().page(PageRequest::first(1000));
        self.events = self.state.history(&all).items;
        self
    }

    pub(in super::super) fn claim(mut self, id: &str) -> Self {
        let claim = Claim::new(profile(&[id]), 1, Duration::from_secs(60), &self.ids);
        let request = StepRequest::new(self.ids.holder(), 0, self.ids.request()).with_claim(claim);
        let lease = step(&mut self.state, self.now, request).unwrap().leases.pop();
        self.leases.insert(id.to_owned(), lease.expect("the task is ready"));
        self.passed()
    }

    fn finish(mut self, id: &str, outcome: Outcome) -> Self {
        let lease = self.leases.remove(id).expect("it was claimed");
        let request = StepRequest::new(self.ids.holder(), 0, self.ids.request())
            .with_finish(lease.token, outcome);
        step(&mut self.state, self.now, request).unwrap();
        self.passed()
    }

    pub(in super::super) fn progress(mut self, id: &str, fraction: f64, note: &str) -> Self {
        let lease = self.leases.get(id).expect("it was claimed");
        let beat = Beat::new(lease.token.clone())
            .with_progress(popkit_protocol::Progress::new(fraction, note));
        let request = Heartbeat::new(self.ids.holder(), Duration::from_secs(60)).with(beat);
        heartbeat(&mut self.state, self.now, request).unwrap();
        self.passed()
    }

    pub(in super::super) fn done(self, id: &str) -> Self {
        self.finish(id, Outcome::Done { result: None })
    }

    pub(in super::super) fn done_with(self, id: &str, result: &str) -> Self {
        self.finish(id, Outcome::done(result).unwrap())
    }

    /// Its holder asks for a decision.
    pub(in super::super) fn pause(self, id: &str) -> Self {
        self.finish(id, Outcome::Pause { reason: None })
    }

    /// Fails the attempt.
    pub(in super::super) fn fail(self, id: &str) -> Self {
        self.finish(id, Outcome::retry("it broke"))
    }

    /// Fails the task for good.
    pub(in super::super) fn fatal(self, id: &str) -> Self {
        self.finish(id, Outcome::fail("it cannot work"))
    }

    pub(in super::super) fn change(mut self, id: &str, action: Action, by: &str) -> Self {
        let request = ChangeRequest::new(id.try_into().unwrap(), action, by);
        change(&mut self.state, self.now, ScoreMode::Strict, request).unwrap();
        self.passed()
    }

    pub(in super::super) fn requeue(self, id: &str, by: &str) -> Self {
        self.change(id, Action::Requeue, by)
    }

    pub(in super::super) fn cancel(self, id: &str) -> Self {
        self.change(id, Action::Cancel { reason: None }, "anna")
    }

    pub(in super::super) fn get(&self, id: &str) -> &Task {
        self.state.get(&id.try_into().unwrap()).unwrap()
    }

    /// A task as it was inserted.
    pub(in super::super) fn first(&self, id: &str) -> Task {
        let mut events = self.events.iter().filter(|event| event.task.as_str() == id);
        Task::replay(events.next()).unwrap().unwrap()
    }

    pub(in super::super) fn events(&self) -> &[TaskEvent] {
        &self.events
    }

    /// All tasks as they are now; those of the plan but for these.
    pub(in super::super) fn board(&self, outside: &[&str]) -> Board {
        let mut board = Board::new("supervisor");
        for id in self.events.iter().filter(|event| event.number == 1).map(|event| &event.task) {
            board.add(self.get(id.as_str()).clone(), !outside.contains(&id.as_str()));
        }
        for event in &self.events {
            board.take(event).unwrap();
        }
        board
    }

    /// Where all tasks stand, for agents that take these kinds; `None`: nothing is known of
    /// the agents.
    pub(in super::super) fn standings(&self, kinds: Option<&[&str]>) -> Standings {
        let team = kinds.map(|kinds| vec![profile(kinds)]);
        standings(&self.board(&[]), team.as_deref())
    }
}
