//! Barriers: who must arrive, who has, who is not waited for any more.
//!
//! Every opening is a generation of its own with a name of its own on the wire, so an answer
//! to an older one can never count for a newer one, not even from an agent that knows no
//! generations.

mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use popkit_protocol::message::{BarrierStatus, SyncAck, SyncMessage, SyncOutcome, SyncRequest};
use popkit_protocol::{AgentId, Message, MessageId, Object, Party, Timestamp};
use serde::{Deserialize, Serialize};

use super::Machine;
use super::effect::{Doc, Event, Removal};
use super::input::{BarrierRequest, BarrierSettings, Policy};

/// Barriers that are kept after their end, the newest ones: whoever comes back learns how
/// they ended.
const KEPT: usize = 64;
/// Barriers that may be open at once.
const OPEN: usize = 64;
/// Bytes of the name of one that somebody asks for.
const NAME: usize = 64;

/// All barriers, by their names on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Barriers {
    all: BTreeMap<String, Barrier>,
    generations: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Barrier {
    generation: u64,
    members: BTreeSet<AgentId>,
    arrived: BTreeSet<AgentId>,
    removed: BTreeMap<AgentId, Removal>,
    policy: Policy,
    instruction: String,
    due: Timestamp,
    asked: Timestamp,
    /// Waits for a person, under this question.
    held: Option<MessageId>,
    /// A person has said that those who have arrived are enough.
    is_enough: bool,
    end: Option<BarrierEnd>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum BarrierEnd {
    Released,
    /// Nobody was left.
    Starved,
    Failed(String),
}

/// How a barrier stands, for whoever waits for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    Open,
    Released(BTreeSet<AgentId>),
    Starved,
    Failed(String),
}

impl Barriers {
    pub(super) fn ending(&self, barrier: &str) -> Ending {
        // One that is gone from memory has no members that could come.
        let Some(barrier) = self.all.get(barrier) else { return Ending::Starved };
        match &barrier.end {
            None => Ending::Open,
            Some(BarrierEnd::Released) => Ending::Released(barrier.arrived.clone()),
            Some(BarrierEnd::Starved) => Ending::Starved,
            Some(BarrierEnd::Failed(reason)) => Ending::Failed(reason.clone()),
        }
    }

    pub(super) fn missing(&self, barrier: &str) -> Vec<&AgentId> {
        self.all.get(barrier).map(Barrier::missing).unwrap_or_default()
    }

    pub(super) fn next_due(&self, settings: &BarrierSettings) -> Option<Timestamp> {
        let open = self.all.values().filter(|b| b.end.is_none());
        open.map(|b| b.asked.after(settings.resend).min(b.due)).min()
    }

    pub(super) fn put_off(&mut self, span: Duration) {
        for barrier in self.all.values_mut().filter(|b| b.end.is_none()) {
            barrier.due = barrier.due.after(span);
        }
    }

    fn open(&self) -> Vec<String> {
        let open = self.all.iter().filter(|(_, b)| b.end.is_none());
        open.map(|(name, _)| name.clone()).collect()
    }

    /// Forgets the oldest of those that are over.
    fn forget(&mut self) {
        let over = |b: &Barrier| b.end.is_some();
        while self.all.values().filter(|b| over(b)).count() > KEPT {
            let all = self.all.iter().filter(|(_, b)| over(b));
            let oldest = all.min_by_key(|(_, b)| b.generation).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.all.remove(&name));
        }
    }
}

impl Barrier {
    fn missing(&self) -> Vec<&AgentId> {
        let waited_for =
            |a: &&AgentId| !self.arrived.contains(*a) && !self.removed.contains_key(*a);
        self.members.iter().filter(waited_for).collect()
    }

    /// What our own agents learn beside the documented keys.
    fn extension(&self) -> Object {
        let extra = Object::default();
        let removed: BTreeSet<&AgentId> = self.removed.keys().collect();
        let written = extra
            .with_extension("generation", &self.generation)
            .and_then(|extra| extra.with_extension("arrived", &self.arrived))
            .and_then(|extra| extra.with_extension("removed", &removed));
        written.unwrap_or_default()
    }

    fn request(&self, name: &str) -> Message {
        let members = self.members.iter().cloned();
        let mut request = SyncRequest::new(name, members, self.instruction.as_str());
        request.extra = self.extension();
        Message::Sync(SyncMessage::Request(request))
    }

    fn outcome(&self, name: &str) -> Option<Message> {
        let status = match self.end.as_ref()? {
            BarrierEnd::Released => BarrierStatus::Complete,
            BarrierEnd::Starved | BarrierEnd::Failed(_) => BarrierStatus::Expired,
        };
        let mut outcome = SyncOutcome::new(name, status);
        outcome.extra = self.extension();
        Some(Message::Sync(SyncMessage::Outcome(outcome)))
    }
}

impl Machine {
    /// Opens a barrier and says its name on the wire.
    pub(super) fn open_barrier(
        &mut self,
        name: &str,
        members: BTreeSet<AgentId>,
        instruction: String,
        policy: Policy,
    ) -> String {
        let steady = self.clock.steady();
        self.barriers.generations = self.barriers.generations.saturating_add(1);
        let generation = self.barriers.generations;
        let name = if self.barriers.all.contains_key(name) {
            format!("{name}.{generation}")
        } else {
            name.to_owned()
        };
        let barrier = Barrier {
            generation,
            members: members.clone(),
            arrived: BTreeSet::new(),
            removed: BTreeMap::new(),
            policy,
            instruction,
            due: steady.after(self.settings.barriers.timeout),
            asked: steady,
            held: None,
            is_enough: false,
            end: None,
        };
        let request = barrier.request(&name);
        self.barriers.all.insert(name.clone(), barrier);
        self.record(Event::BarrierOpened { barrier: name.clone(), generation, members });
        self.publish(Party::Everyone, request);
        name
    }

    pub(super) fn open_named(&mut self, request: BarrierRequest) {
        let BarrierRequest { name, members, instruction, policy } = request;
        let refuse = |reason: &str| (name.clone(), reason.to_owned());
        let here = self.roster.present();
        let members = members.unwrap_or_else(|| here.clone());
        let is_name = (1..=NAME).contains(&name.len()) && !name.contains(char::is_control);
        let refused = if self.end().is_some() {
            Some(refuse("the session is over"))
        } else if !is_name || name.starts_with("phase-") {
            Some(refuse("a barrier needs a name of 1 to 64 bytes that does not begin with phase-"))
        } else if self.barriers.open().len() >= OPEN {
            Some(refuse("64 barriers are open; wait for one of them"))
        } else if members.is_empty() || !members.is_subset(&here) {
            Some(refuse("a barrier needs members, and all of them live"))
        } else {
            None
        };
        if let Some((name, reason)) = refused {
            self.put_aside("barrier", None, reason, &name);
            return;
        }
        let is_open = |wire: &String| wire.rsplit_once('-').is_some_and(|(word, _)| word == name);
        if self.barriers.open().iter().any(is_open) {
            return;
        }
        let id = self.draw_id();
        let wire = format!("{name}-{}", id.as_str().get(..6).unwrap_or_default());
        let policy = policy.unwrap_or(self.settings.barriers.policy);
        self.open_barrier(&wire, members, instruction, policy);
    }

    /// An agent stands at a barrier.
    pub(super) fn arrive(&mut self, agent: &AgentId, ack: &SyncAck) {
        let name = &ack.barrier_id;
        if self.early_ack(agent, name) {
            return;
        }
        let Some(barrier) = self.barriers.all.get(name) else {
            self.counters.stale_answers += 1;
            return;
        };
        let is_of_another = |generation: u64| generation != barrier.generation;
        if ack.extra.extension("generation").is_some_and(is_of_another) {
            self.counters.stale_answers += 1;
            return;
        }
        if let Some(outcome) = barrier.outcome(name) {
            // It came back, or did not hear the end.
            self.counters.stale_answers += 1;
            self.tell(agent, outcome);
            return;
        }
        self.reach(name, agent);
    }

    /// Notes an arrival, where it counts.
    pub(super) fn reach(&mut self, name: &str, agent: &AgentId) {
        let Some(barrier) = self.barriers.all.get_mut(name) else { return };
        let is_waited_for = barrier.missing().contains(&agent);
        if !is_waited_for {
            self.counters.strangers += u64::from(!barrier.members.contains(agent));
            return;
        }
        barrier.arrived.insert(agent.clone());
        let barrier = name.to_owned();
        self.record(Event::BarrierReached { barrier, agent: agent.clone() });
        self.save(Doc::Status);
    }

    /// An agent is new or back: the barriers that concern it.
    pub(super) fn show_barriers(&mut self, agent: &AgentId) {
        let is_member = |b: &&Barrier| b.members.contains(agent);
        let mut told: Vec<Message> = Vec::new();
        for (name, barrier) in self.barriers.all.iter().filter(|(_, b)| is_member(b)) {
            if barrier.end.is_none() && barrier.missing().contains(&agent) {
                told.push(barrier.request(name));
            }
        }
        let over = self.barriers.all.iter().filter(|(_, b)| is_member(b) && b.end.is_some());
        let last = over.max_by_key(|(_, b)| b.generation);
        told.extend(last.and_then(|(name, barrier)| barrier.outcome(name)));
        for message in told {
            self.tell(agent, message);
        }
    }

    /// Those who have not answered are asked once more.
    pub(super) fn ask_again(&mut self) {
        let steady = self.clock.steady();
        let mut asked = Vec::new();
        for (name, barrier) in self.barriers.all.iter_mut().filter(|(_, b)| b.end.is_none()) {
            barrier.asked = steady;
            let request = barrier.request(name);
            let missing = barrier.missing().into_iter().cloned();
            asked.extend(missing.map(|agent| (agent, request.clone())));
        }
        for (agent, request) in asked {
            self.tell(&agent, request);
        }
    }
}
