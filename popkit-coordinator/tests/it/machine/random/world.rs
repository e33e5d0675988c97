//! A coordinator, its agents, and what lies between them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_coordinator::machine::{
    Action, Assignment, Checked, Doc, Effect, Entry, Event, Heard, Input, Machine, Policy, Ruling,
    Settings, Start, Verdict as Found,
};
use popkit_protocol::{
    AgentId, Envelope, Json, Message, Object, Objective, Party, SequentialIds, TaskId, Timestamp,
};

use super::agent::Agent;
use super::audit::{Verdict, audit};
use super::rng::Rng;
use crate::machine::start_of_time;

/// After so many seconds nothing breaks any more.
const QUIET: u64 = 150;
/// By then a session must be over: barriers of 120 s, agents that are lost after 45 s, and
/// work of 40 s, for three phases.
const LONGEST: u64 = 1500;

/// Something on its way.
#[derive(Debug, Clone)]
enum Parcel {
    ToCoordinator(Input),
    ToAgent(usize, Box<Message>),
}

pub(super) struct World {
    rng: Rng,
    ids: SequentialIds,
    second: u64,
    /// How far the coordinator's clock is ahead, in seconds.
    ahead: i64,
    machine: Machine,
    start: Start,
    /// What a coordinator finds when it takes over: an older snapshot, and the whole log.
    snapshot: Json,
    log: Vec<Entry>,
    epoch: u64,
    down_until: Option<u64>,
    parcels: BTreeMap<(u64, u64), Parcel>,
    parcel: u64,
    agents: Vec<Agent>,
    journal: BTreeMap<u64, Event>,
    sent: BTreeMap<String, Envelope>,
    found: Verdict,
    pub(super) cut_everywhere: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let now = start_of_time();
        let names: Vec<String> = (0..rng.between(1, 4)).map(|n| format!("p{n}")).collect();
        let mut objective =
            Objective::new(&SequentialIds::default(), now, "a random life").with_phases(names);
        if rng.percent(30) {
            objective.success_criteria.push("all is well".to_owned());
        }
        let mut settings = Settings::default();
        settings.limits.runtime = Duration::from_secs(4 * LONGEST);
        settings.phases.multiplier_percent = 300;
        settings.tasks.attempts = 1000;
        settings.agents.wanted = u32::try_from(rng.between(1, 4)).unwrap();
        settings.barriers.policy = match rng.between(0, 10) {
            0 => Policy::Fail,
            1..=3 => Policy::Hold,
            _ => Policy::Proceed,
        };
        settings.barriers.quorum_percent = if rng.percent(20) { 60 } else { 0 };
        let start = Start::new(objective, seed, now).with_settings(settings);
        let machine = Machine::new(start.clone()).unwrap();
        let agents = (0..usize::try_from(rng.between(1, 5)).unwrap())
            .map(|number| Agent::new(number, &mut rng, now))
            .collect();
        let mut world = Self {
            snapshot: machine.snapshot().unwrap(),
            machine,
            start,
            rng,
            ids: SequentialIds::default(),
            second: 0,
            ahead: 0,
            log: Vec::new(),
            epoch: 0,
            down_until: Some(0),
            parcels: BTreeMap::new(),
            parcel: 0,
            agents,
            journal: BTreeMap::new(),
            sent: BTreeMap::new(),
            found: Verdict::default(),
            cut_everywhere: false,
        };
        world.doom();
        world.employ();
        world
    }

    /// Who dies when, and who comes back. One agent at least is there at the end.
    fn doom(&mut self) {
        for agent in &mut self.agents {
            if self.rng.percent(45) {
                agent.dies_at = Some(self.rng.between(0, QUIET));
                let is_back = self.rng.percent(60);
                agent.returns_at = is_back.then(|| self.rng.between(1, QUIET + 50));
            }
        }
        if self.agents.iter().all(|agent| agent.dies_at.is_some()) {
            self.agents[0].dies_at = None;
        }
        self.agents[0].is_mute = false;
    }

    /// In some lives work is sent as messages, too.
    fn employ(&mut self) {
        let jobs = if self.rng.percent(40) { self.rng.between(1, 5) } else { 0 };
        for job in 0..jobs {
            let task = TaskId::new(format!("job-{job}")).unwrap();
            let assignment = Assignment { task, agent: None, body: Object::default() };
            self.parcel += 1;
            let at = (self.rng.between(1, 80), self.parcel);
            self.parcels.insert(at, Parcel::ToCoordinator(Input::Assign(assignment)));
        }
    }

    /// The time of the agents.
    fn now(&self) -> Timestamp {
        start_of_time().after(Duration::from_secs(self.second))
    }

    /// The time of the coordinator.
    fn clock(&self) -> Timestamp {
        let shift = Duration::from_secs(self.ahead.unsigned_abs());
        if self.ahead < 0 { self.now().before(shift) } else { self.now().after(shift) }
    }

    fn is_quiet(&self) -> bool {
        self.second >= QUIET
    }

    pub(super) fn run(&mut self) {
        while self.second < LONGEST && self.machine.end().is_none() {
            self.second += 1;
            if !self.is_quiet() && self.rng.percent(1) {
                self.ahead = i64::try_from(self.rng.between(0, 7200)).unwrap() - 3600;
            }
            self.agents_act();
            self.come_back();
            self.deliver();
            let is_due = self.machine.next_wakeup().is_some_and(|at| at <= self.clock());
            // Where the clock stepped back, the runtime's timer still goes off.
            if self.down_until.is_none() && (is_due || self.second.is_multiple_of(5)) {
                self.give(Input::Tick);
            }
        }
        self.found.inputs = self.machine.handled();
    }

    fn agents_act(&mut self) {
        let (second, now) = (self.second, self.now());
        for at in 0..self.agents.len() {
            let agent = &mut self.agents[at];
            agent.live_or_die(second, now);
            if !agent.is_alive {
                continue;
            }
            for message in self.agents[at].act(second, now, &mut self.rng) {
                let agent = &mut self.agents[at];
                let (from, origin) = (Party::Agent(agent.id.clone()), agent.origin());
                let envelope = Envelope::new(&self.ids, now, from, Party::Coordinator, message);
                let heard = Heard { envelope, origin };
                self.send(&Parcel::ToCoordinator(Input::Message(Box::new(heard))));
            }
        }
    }

    /// On its way: late, and now and then twice.
    fn send(&mut self, parcel: &Parcel) {
        let copies = if self.rng.percent(10) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = match self.rng.between(0, 20) {
                0 if !self.is_quiet() => self.rng.between(0, 40),
                1..=4 => self.rng.between(0, 4),
                _ => 0,
            };
            self.parcel += 1;
            // What is sent in one second comes in any order.
            let order = self.rng.next() << 32 | self.parcel;
            self.parcels.insert((self.second + delay, order), parcel.clone());
        }
    }

    fn deliver(&mut self) {
        while let Some(entry) = self.parcels.first_entry() {
            if entry.key().0 > self.second {
                return;
            }
            match entry.remove() {
                Parcel::ToCoordinator(input) if self.down_until.is_some() => {
                    // Channels are durable.
                    let at = self.second + 1;
                    self.parcel += 1;
                    self.parcels.insert((at, self.parcel), Parcel::ToCoordinator(input));
                }
                Parcel::ToCoordinator(input) => self.give(input),
                Parcel::ToAgent(at, message) => {
                    let agent = &mut self.agents[at];
                    if agent.is_alive {
                        agent.hear(&message, self.second, &mut self.rng);
                    } else if agent.returns_at.is_some()
                        && (agent.is_ours || matches!(*message, Message::Task(_)))
                    {
                        // An inbox is durable; the channels of the originals are not.
                        self.parcel += 1;
                        let parcel = Parcel::ToAgent(at, message);
                        self.parcels.insert((self.second + 1, self.parcel), parcel);
                    }
                }
            }
        }
    }

    /// Gives an input as a runtime does, and may die between any two steps.
    fn give(&mut self, input: Input) {
        let is_fatal = !self.is_quiet() && self.rng.percent(3);
        let dies = if is_fatal { self.rng.between(0, 3) } else { u64::MAX };
        if dies == 0 {
            // Before anything was saved: the input is not acknowledged and comes again.
            self.die();
            self.send(&Parcel::ToCoordinator(input));
            return;
        }
        let entry = self.machine.entry(self.clock(), input);
        self.log.push(entry.clone());
        let mut effects = Vec::new();
        self.machine.apply(entry, &mut effects).unwrap();
        if self.rng.percent(2) {
            self.snapshot = self.machine.snapshot().unwrap();
        }
        if self.cut_everywhere {
            self.compare();
        }
        if dies == 1 {
            self.die();
            return;
        }
        let done: Vec<_> = effects.iter().map(|effect| effect.id).collect();
        for effect in effects {
            if dies == 2 && self.rng.percent(30) {
                self.die();
                return;
            }
            self.perform(effect);
        }
        if !done.is_empty() && self.rng.percent(90) {
            self.send(&Parcel::ToCoordinator(Input::Done { effects: done }));
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect.action {
            Action::Publish(envelope) => {
                let old = self.sent.insert(envelope.id.to_string(), (*envelope).clone());
                self.found.journal += usize::from(old.is_some_and(|old| old != *envelope));
                for at in 0..self.agents.len() {
                    if envelope.to == Party::Everyone
                        || envelope.to == Party::Agent(self.agents[at].id.clone())
                    {
                        self.send(&Parcel::ToAgent(at, Box::new(envelope.message.clone())));
                    }
                }
            }
            Action::Check(check) => {
                let checked = Checked { subject: check.subject, verdict: Found::Met };
                self.send(&Parcel::ToCoordinator(Input::Checked(checked)));
            }
            Action::Record { number, event } => {
                if let Event::Asked { decision, .. } = &event {
                    let (decision, by) = (decision.clone(), "anna".to_owned());
                    let ruling = Ruling { decision, approved: true, by, notes: None };
                    self.send(&Parcel::ToCoordinator(Input::Decide(ruling)));
                }
                let old = self.journal.insert(number, event.clone());
                self.found.journal += usize::from(old.is_some_and(|old| old != event));
            }
            _ => {}
        }
    }

    fn die(&mut self) {
        self.down_until = Some(self.second + self.rng.between(0, 30));
        self.found.restarts += 1;
    }

    /// Another coordinator takes over, from the snapshot or from the log alone.
    fn come_back(&mut self) {
        if self.down_until.is_none_or(|at| at > self.second) {
            return;
        }
        self.down_until = None;
        self.machine = if self.rng.percent(50) {
            self.resumed()
        } else {
            Machine::replay(self.start.clone(), self.log.clone()).unwrap()
        };
        self.epoch += 1;
        self.give(Input::Lead { epoch: self.epoch });
    }

    fn resumed(&self) -> Machine {
        let mut machine = Machine::restore(&self.snapshot).unwrap();
        let tail = usize::try_from(machine.handled()).unwrap();
        for entry in &self.log[tail..] {
            machine.apply(entry.clone(), &mut Vec::new()).unwrap();
        }
        machine
    }

    /// The machine of the snapshot, and that of the log, are the one that went on.
    fn compare(&mut self) {
        let now = Machine::restore(&self.machine.snapshot().unwrap()).unwrap();
        let replayed = Machine::replay(self.start.clone(), self.log.clone()).unwrap();
        for other in [now, self.resumed(), replayed] {
            self.found.replay_mismatch += usize::from(other != self.machine);
        }
    }

    /// How it ended, for whoever looks into a life that went wrong.
    pub(super) fn story(&self) -> String {
        let status = self.machine.document(&Doc::Status);
        let events: Vec<_> = self.journal.values().collect();
        format!("after {} s: {status:?}\nagents {:#?}\n{events:#?}", self.second, self.agents)
    }

    pub(super) fn verdict(&mut self) -> Verdict {
        self.compare();
        // The journal's last records may not have been written: they are pending.
        let pending: Vec<Effect> = self.machine.pending().cloned().collect();
        pending.into_iter().for_each(|effect| self.perform(effect));
        let mut acked: BTreeMap<String, BTreeSet<AgentId>> = BTreeMap::new();
        for agent in &self.agents {
            for barrier in agent.acked() {
                acked.entry(barrier.clone()).or_default().insert(agent.id.clone());
            }
        }
        let phases = u32::try_from(self.machine.objective().phases.len()).unwrap();
        let policy = self.start.settings.barriers.policy;
        let judged = audit(&self.journal, &acked, (self.machine.end(), policy, phases));
        Verdict {
            replay_mismatch: self.found.replay_mismatch,
            journal: judged.journal + self.found.journal,
            restarts: self.found.restarts,
            inputs: self.found.inputs,
            ..judged
        }
    }
}
