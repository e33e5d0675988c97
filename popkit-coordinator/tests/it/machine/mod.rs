//! The pure machine of power sessions.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agents;
mod barriers;
mod defects;
mod escalations;
mod insights;
mod limits;
mod messages;
mod phases;
mod random;
mod replay;
mod tasks;

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_coordinator::machine::{
    Action, Content, Doc, Effect, End, Entry, Event, Heard, Input, Machine, Settings, Start,
};
use popkit_protocol::message::{ResultMessage, SyncAck};
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentId, AgentState, Envelope, Json, Message, Object, Objective, Party, SequentialIds,
    Timestamp,
};

fn id(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

fn start_of_time() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

/// A session, its log, and what came out of its last input.
struct Session {
    machine: Machine,
    start: Start,
    log: Vec<Entry>,
    now: Timestamp,
    ids: SequentialIds,
    last: Vec<Effect>,
    events: Vec<Event>,
    /// The numbers of the events: one that comes out again is the same.
    records: BTreeSet<u64>,
}

impl Session {
    /// A session of these phases that is led.
    fn new(phases: &[&str]) -> Self {
        Self::with(phases, |_| {})
    }

    fn with(phases: &[&str], change: impl FnOnce(&mut Start)) -> Self {
        let now = start_of_time();
        let objective = Objective::new(&SequentialIds::default(), now, "tidy the parser");
        let objective = objective.with_phases(phases.iter().copied());
        let mut start = Start::new(objective, 7, now).with_settings(Settings::default());
        change(&mut start);
        let machine = Machine::new(start.clone()).unwrap();
        let (log, ids, last, events) =
            (Vec::new(), SequentialIds::default(), Vec::new(), Vec::new());
        let records = BTreeSet::new();
        let mut session = Self { machine, start, log, now, ids, last, events, records };
        session.give(Input::Lead { epoch: 1 });
        session
    }

    /// Gives an input.
    fn give(&mut self, input: Input) -> &mut Self {
        let entry = self.machine.entry(self.now, input);
        self.log.push(entry.clone());
        self.last.clear();
        assert!(self.machine.apply(entry, &mut self.last).unwrap());
        for effect in &self.last {
            if let Action::Record { number, event } = &effect.action
                && self.records.insert(*number)
            {
                self.events.push(event.clone());
            }
        }
        self
    }

    /// Lets time pass, second by second, while these agents are alive.
    fn pass(&mut self, secs: u64, alive: &[&str]) -> Vec<Effect> {
        let mut all = Vec::new();
        for second in 1..=secs {
            self.now = self.now.after(Duration::from_secs(1));
            if second % 5 == 0 {
                for agent in alive {
                    self.beat(agent);
                    all.append(&mut self.last.clone());
                }
            }
            self.give(Input::Tick);
            all.append(&mut self.last.clone());
        }
        self.last.clone_from(&all);
        all
    }

    fn envelope(&self, from: &str, message: Message) -> Envelope {
        Envelope::new(&self.ids, self.now, Party::Agent(id(from)), Party::Coordinator, message)
    }

    /// A message of an agent comes in.
    fn hear(&mut self, from: &str, message: Message) -> &mut Self {
        let envelope = self.envelope(from, message);
        self.give(Input::Message(Box::new(Heard { envelope, origin: None })))
    }

    fn state(&self, agent: &str) -> AgentState {
        let identity = AgentIdentity::new(id(agent), agent, "s-1", start_of_time());
        AgentState::new(identity, self.now)
    }

    /// A heartbeat of an agent that does nothing.
    fn beat(&mut self, agent: &str) -> &mut Self {
        let state = self.state(agent);
        self.hear(agent, Message::Heartbeat(state))
    }

    /// A heartbeat of an agent that works.
    fn works(&mut self, agent: &str, progress: f64) -> &mut Self {
        let state = self.state(agent).with_progress(progress).with_current_task("work");
        self.hear(agent, Message::Heartbeat(state))
    }

    fn ack(&mut self, agent: &str, barrier: &str) -> &mut Self {
        self.hear(agent, Message::SyncAck(SyncAck::new(barrier)))
    }

    fn result(&mut self, agent: &str, body: Object) -> &mut Self {
        self.hear(agent, Message::Result(ResultMessage::new(body)))
    }

    /// A session whose first phase has begun, with these agents.
    fn begun(phases: &[&str], agents: &[&str]) -> Self {
        Self::begun_with(phases, agents, |_| {})
    }

    fn begun_with(phases: &[&str], agents: &[&str], change: impl FnOnce(&mut Start)) -> Self {
        let mut session = Self::with(phases, |start| {
            start.settings.agents.wanted = u32::try_from(agents.len()).unwrap();
            change(start);
        });
        for agent in agents {
            session.beat(agent);
        }
        session.through(0, agents);
        session
    }

    /// These agents pass the barrier of a phase.
    fn through(&mut self, phase: u32, agents: &[&str]) {
        for agent in agents {
            self.ack(agent, &format!("phase-{phase}"));
        }
        self.saw(&Event::PhaseBegan { phase });
        self.now = self.now.after(Duration::from_secs(1));
    }

    /// What was published by the last input.
    fn published(&self) -> impl Iterator<Item = &Envelope> {
        self.last.iter().filter_map(|effect| match &effect.action {
            Action::Publish(envelope) => Some(&**envelope),
            _ => None,
        })
    }

    /// What was published to somebody, by type.
    fn told(&self, to: &Party, kind: &str) -> Vec<&Message> {
        let for_it = self.published().filter(|e| e.to == *to && e.message.name() == kind);
        for_it.map(|envelope| &envelope.message).collect()
    }

    fn told_agent(&self, agent: &str, kind: &str) -> usize {
        self.told(&Party::Agent(id(agent)), kind).len()
    }

    /// Why something was put aside by the last input.
    fn dead(&self) -> Vec<&str> {
        let letters = self.last.iter().filter_map(|effect| match &effect.action {
            Action::DeadLetter(letter) => Some(letter.reason.as_str()),
            _ => None,
        });
        letters.collect()
    }

    #[track_caller]
    fn saw(&self, event: &Event) {
        assert!(self.events.contains(event), "{event:?} is not among {:#?}", self.events);
    }

    fn count(&self, is_it: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| is_it(event)).count()
    }

    fn end(&self) -> Option<&End> {
        self.machine.end()
    }

    fn phase(&self) -> u32 {
        self.machine.objective().current_phase
    }

    fn list(&self, doc: &Doc) -> Vec<Json> {
        match self.machine.document(doc) {
            Some(Content::List(items)) => items,
            other => panic!("{doc:?} is no list: {other:?}"),
        }
    }

    fn text(&self, doc: &Doc) -> Json {
        match self.machine.document(doc) {
            Some(Content::Text(json)) => json,
            other => panic!("{doc:?} is no text: {other:?}"),
        }
    }
}

fn body(pairs: &[(&str, &str)]) -> Object {
    pairs.iter().fold(Object::default(), |body, (key, json)| {
        body.with(key, &Json::from_text(json).unwrap()).unwrap()
    })
}
