//! An agent of a random life: it beats, stands at barriers, works, dies, comes back.

use std::collections::BTreeMap;

use popkit_coordinator::machine::Origin;
use popkit_protocol::message::{
    ObjectiveUpdate, PhaseStart, ResultMessage, SyncAck, SyncMessage, SyncRequest,
};
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentId, AgentState, Message, Object, ProducerId, TaskId, Timestamp};

use super::rng::Rng;

/// Seconds between two heartbeats.
const PERIOD: u64 = 15;

/// What an agent is at.
#[derive(Debug, Clone, PartialEq)]
enum Doing {
    Nothing,
    Working { phase: u32, until: u64 },
    Waiting,
}

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: AgentId,
    /// Numbers its messages and says in them which phase they are of; else an agent of the
    /// originals.
    pub(super) is_ours: bool,
    /// Hears no request to stand at a barrier.
    pub(super) is_mute: bool,
    pub(super) dies_at: Option<u64>,
    pub(super) returns_at: Option<u64>,
    /// Whether it comes back as another process.
    pub(super) returns_anew: bool,
    pub(super) is_alive: bool,
    started: Timestamp,
    starts: u64,
    sequence: u64,
    next_beat: u64,
    doing: Doing,
    progress: f64,
    acks: Vec<(u64, SyncAck)>,
    acked: Vec<String>,
    /// Work that it was sent, and when it will be done.
    jobs: BTreeMap<TaskId, Option<u64>>,
}

impl Agent {
    pub(super) fn new(number: usize, rng: &mut Rng, started: Timestamp) -> Self {
        Self {
            id: AgentId::new(format!("agent-{number}")).unwrap(),
            is_ours: rng.percent(60),
            is_mute: rng.percent(5),
            dies_at: None,
            returns_at: None,
            returns_anew: rng.percent(60),
            is_alive: true,
            started,
            starts: 0,
            sequence: 0,
            next_beat: rng.between(0, PERIOD),
            doing: Doing::Nothing,
            progress: 0.0,
            acks: Vec::new(),
            acked: Vec::new(),
            jobs: BTreeMap::new(),
        }
    }

    /// The barriers that it has answered.
    pub(super) fn acked(&self) -> &[String] {
        &self.acked
    }

    /// The number of its next message.
    pub(super) fn origin(&mut self) -> Option<Origin> {
        self.sequence += 1;
        let bits = u128::from(self.starts) << 64 | u128::from(self.id.as_str().as_bytes()[6]);
        let origin = Origin { producer: ProducerId::from_bits(bits), sequence: self.sequence };
        self.is_ours.then_some(origin)
    }

    pub(super) fn live_or_die(&mut self, second: u64, now: Timestamp) {
        if self.dies_at.is_some_and(|at| second >= at) {
            self.dies_at = None;
            self.is_alive = false;
        }
        if !self.is_alive && self.returns_at.is_some_and(|at| second >= at) {
            self.returns_at = None;
            self.is_alive = true;
            self.next_beat = second;
            if self.returns_anew {
                self.started = now;
                self.starts += 1;
                self.sequence = 0;
                self.doing = Doing::Nothing;
                self.progress = 0.0;
                self.acks.clear();
                self.jobs.clear();
            }
        }
    }

    /// A message for it.
    pub(super) fn hear(&mut self, message: &Message, second: u64, rng: &mut Rng) {
        match message {
            Message::Sync(SyncMessage::Request(request)) if !self.is_mute => {
                self.requested(request, second, rng);
            }
            Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start)) => {
                self.begins(start, second, rng);
            }
            Message::Task(task) => {
                let name = task.body.extension("task_id").unwrap();
                self.jobs.entry(name).or_insert_with(|| Some(second + rng.between(1, 30)));
            }
            _ => {}
        }
    }

    fn requested(&mut self, request: &SyncRequest, second: u64, rng: &mut Rng) {
        if !request.agents_required.contains(&self.id) {
            return;
        }
        let mut ack = SyncAck::new(request.barrier_id.as_str());
        if self.is_ours {
            let generation: u64 = request.extra.extension("generation").unwrap();
            ack.extra = Object::default().with_extension("generation", &generation).unwrap();
        }
        self.acks.push((second + rng.between(0, 20), ack));
    }

    fn begins(&mut self, start: &PhaseStart, second: u64, rng: &mut Rng) {
        let is_known =
            matches!(self.doing, Doing::Working { phase, .. } if phase >= start.phase_index);
        if !is_known {
            let until = second + rng.between(2, 40);
            self.doing = Doing::Working { phase: start.phase_index, until };
            self.progress = 0.1;
            self.next_beat = second;
        }
    }

    /// What it sends in this second.
    pub(super) fn act(&mut self, second: u64, now: Timestamp, rng: &mut Rng) -> Vec<Message> {
        let mut sent = Vec::new();
        let due: Vec<_> = self.acks.iter().filter(|(at, _)| second >= *at).cloned().collect();
        self.acks.retain(|(at, _)| second < *at);
        // Only who is done stands at a barrier.
        let is_busy = matches!(self.doing, Doing::Working { .. });
        for (_, ack) in due {
            if is_busy {
                self.acks.push((second + 3, ack));
            } else {
                self.doing = Doing::Waiting;
                self.acked.push(ack.barrier_id.clone());
                sent.push(Message::SyncAck(ack));
            }
        }
        if let Doing::Working { phase, until } = self.doing
            && second >= until
        {
            self.doing = Doing::Nothing;
            self.progress = 1.0;
            self.next_beat = second;
            let mut body = Object::default().with("success", &rng.percent(90)).unwrap();
            if self.is_ours {
                body = body.with_extension("phase", &phase).unwrap();
                sent.push(Message::Result(ResultMessage::new(body)));
                if rng.percent(30) {
                    let next = format!("phase-{}", phase + 1);
                    self.acked.push(next.clone());
                    sent.push(Message::SyncAck(SyncAck::new(next)));
                }
            }
        }
        for (task, until) in &mut self.jobs {
            if until.is_some_and(|at| second >= at) {
                *until = None;
                let body = Object::default().with("task_id", task).unwrap();
                sent.push(Message::Result(ResultMessage::new(body)));
            }
        }
        if second >= self.next_beat {
            self.next_beat = second + PERIOD;
            sent.push(Message::Heartbeat(self.state(now)));
        }
        sent
    }

    fn state(&self, now: Timestamp) -> AgentState {
        let session = format!("s-{}", self.starts);
        let identity = AgentIdentity::new(self.id.clone(), "an agent", session, self.started);
        let state = AgentState::new(identity, now).with_progress(self.progress);
        if self.progress > 0.0 { state.with_current_task("work") } else { state }
    }
}
