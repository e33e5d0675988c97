//! Agents: who is there, who is suspect, who is lost.

mod budget;
mod member;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use popkit_protocol::message::{AfterDecision, AgentDown, CourseCorrect};
use popkit_protocol::{AgentId, AgentState, Envelope, Json, Message, Party, Timestamp};
use serde::{Deserialize, Serialize};

use super::Machine;
use super::effect::{Doc, Event, Removal};
use super::input::{AgentSettings, Join};
pub(super) use member::Member;
pub use member::Standing;
pub(super) use stream::Streams;

/// Agents that are remembered beside those that are there; the one that is gone for longest
/// is forgotten first.
const REMEMBERED: usize = 256;
/// Agents that were refused and are remembered, so that each is told once a minute.
const REFUSED: usize = 64;
/// How often one that is refused is told so.
const REFUSED_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// All agents that were heard of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Roster {
    members: BTreeMap<AgentId, Member>,
    refused: BTreeMap<AgentId, Timestamp>,
    joins: BTreeMap<AgentId, Join>,
}

impl Roster {
    pub(super) fn get(&self, agent: &AgentId) -> Option<&Member> {
        self.members.get(agent)
    }

    pub(super) fn get_mut(&mut self, agent: &AgentId) -> Option<&mut Member> {
        self.members.get_mut(agent)
    }

    /// Whether it is there, suspect or not.
    pub(super) fn is_present(&self, agent: &AgentId) -> bool {
        self.members.get(agent).is_some_and(Member::is_present)
    }

    /// Those that are there, suspect ones included.
    pub(super) fn present(&self) -> BTreeSet<AgentId> {
        let here = self.members.iter().filter(|(_, member)| member.is_present());
        here.map(|(agent, _)| agent.clone()).collect()
    }

    pub(super) fn standings(&self) -> BTreeMap<&AgentId, &'static str> {
        self.members.iter().map(|(agent, member)| (agent, member.standing.name())).collect()
    }

    pub(super) fn files_touched(&self) -> impl Iterator<Item = &str> + Clone {
        self.members.values().flat_map(|member| &member.state.files_touched).map(String::as_str)
    }

    pub(super) fn next_due(&self, settings: &AgentSettings) -> Option<Timestamp> {
        let here = self.members.values().filter(|member| member.is_present());
        here.map(|member| member.next_look(settings)).min()
    }

    /// A phase begins: what agents sent so far is about what was before.
    pub(super) fn mark_all(&mut self) {
        self.members.values_mut().for_each(Member::mark);
    }

    /// Whether an agent sent something since the phase began, or since it came.
    pub(super) fn is_of_phase(&self, agent: &AgentId, sent_at: Timestamp) -> bool {
        self.members.get(agent).is_none_or(|member| member.is_of_phase(sent_at))
    }

    /// As `is_of_phase`, beyond doubt: two periods later.
    pub(super) fn is_settled(&self, agent: &AgentId, sent_at: Timestamp) -> bool {
        self.members.get(agent).is_some_and(|member| member.is_settled(sent_at))
    }

    /// Nobody listened for a while: no agent is late because of that.
    pub(super) fn fresh_look(&mut self, steady: Timestamp) {
        for member in self.members.values_mut().filter(|member| member.is_present()) {
            member.seen = steady;
            member.active = steady;
        }
    }

    /// Whether an agent may be told once more that there is no place for it; notes that it is.
    pub(super) fn may_refuse(&mut self, agent: &AgentId, steady: Timestamp) -> bool {
        let told = self.refused.get(agent);
        if told.is_some_and(|told| steady.since(*told) < REFUSED_EVERY) {
            return false;
        }
        if self.refused.len() >= REFUSED {
            self.refused.pop_first();
        }
        self.refused.insert(agent.clone(), steady);
        true
    }

    /// Any message proves that its agent lives. Only a heartbeat brings back a lost one.
    pub(super) fn sign_of_life(&mut self, agent: &AgentId, envelope: &Envelope, steady: Timestamp) {
        let Some(member) = self.members.get_mut(agent).filter(|member| member.is_present()) else {
            return;
        };
        if !matches!(envelope.message, Message::Heartbeat(_)) {
            member.last_sent = member.last_sent.max(envelope.sent_at);
            member.seen = steady;
            member.stirs(steady);
        }
    }
}

impl Machine {
    pub(super) fn heartbeat(&mut self, state: &AgentState) {
        let agent = state.agent.id.clone();
        let steady = self.clock.steady();
        let Some(member) = self.roster.members.get(&agent) else {
            if self.has_place(&agent) {
                self.register(state);
            }
            return;
        };
        let (is_present, is_twin) = (member.is_present(), member.is_older(state));
        let is_stale = member.is_late(state);
        if is_present && is_twin {
            if self.roster.get_mut(&agent).is_some_and(Member::note_twin) {
                self.record(Event::AgentTwin { agent });
            }
            return;
        }
        if !is_present && (is_stale || !self.has_place(&agent)) {
            return;
        }
        let Some(member) = self.roster.get_mut(&agent) else { return };
        let is_another = member.is_another(state);
        let before = member.standing;
        let calls = member.hear(state.clone(), steady);
        match before {
            Standing::Lost | Standing::Left => {
                self.record(Event::AgentBack { agent: agent.clone() });
            }
            _ if is_another => self.record(Event::AgentReplaced { agent: agent.clone() }),
            Standing::Live | Standing::Suspect => {}
        }
        if is_another {
            self.part_again(&agent);
            self.withdraw_before(&agent, state.agent.started_at);
            self.share_again(&agent);
        }
        if !is_present || is_another {
            self.welcome(&agent);
            self.save(Doc::Status);
        }
        self.after_heartbeat(&agent, state, calls);
    }

    fn after_heartbeat(&mut self, agent: &AgentId, heard: &AgentState, calls: u64) {
        self.save(Doc::Agent(agent.clone()));
        self.look_at_agent(agent, calls);
        self.count_tool_calls(agent);
        // Also one that is late says that its agent had begun.
        self.part_state(agent, heard);
    }

    /// Whether there is room for one more; else it is told, now and then.
    fn has_place(&mut self, agent: &AgentId) -> bool {
        let here = self.roster.members.values().filter(|member| member.is_present()).count();
        if here < usize::try_from(self.settings.agents.most).unwrap_or(usize::MAX) {
            self.roster.refused.remove(agent);
            return true;
        }
        if self.roster.may_refuse(agent, self.clock.steady()) {
            self.record(Event::AgentRefused { agent: agent.clone() });
            let most = self.settings.agents.most;
            self.turn_away(agent, &format!("the session has {most} agents, its limit"));
        }
        false
    }

    /// Tells an agent that it cannot go on.
    pub(super) fn turn_away(&mut self, agent: &AgentId, reason: &str) {
        let id = self.draw_id();
        let abort = CourseCorrect::resolve(AfterDecision::Abort, id.as_str(), false);
        self.tell(agent, Message::CourseCorrect(abort.with_notes(reason)));
    }

    fn register(&mut self, state: &AgentState) {
        let agent = state.agent.id.clone();
        let steady = self.clock.steady();
        let mut member = Member::new(state.clone(), steady, &self.settings);
        if let Some(join) = self.roster.joins.remove(&agent) {
            member.knows(join);
        }
        self.roster.members.insert(agent.clone(), member);
        self.forget_members();
        self.record(Event::AgentJoined { agent: agent.clone() });
        // It may have been here and be forgotten.
        self.withdraw_before(&agent, state.agent.started_at);
        self.share_again(&agent);
        self.welcome(&agent);
        self.after_heartbeat(&agent, state, 0);
        self.save(Doc::Status);
    }

    pub(super) fn join(&mut self, join: Join) {
        match self.roster.get_mut(&join.agent) {
            Some(member) => member.knows(join),
            None => {
                if self.roster.joins.len() >= REMEMBERED {
                    self.roster.joins.pop_first();
                }
                self.roster.joins.insert(join.agent.clone(), join);
            }
        }
    }

    pub(super) fn leave(&mut self, agent: &AgentId, at: Option<Timestamp>) {
        if !self.roster.is_present(agent) {
            return;
        }
        if let Some((member, at)) = self.roster.get_mut(agent).zip(at) {
            // It has spoken since: it is back, and this comes late.
            if at < member.state.timestamp {
                return;
            }
            member.state.timestamp = at;
        }
        self.record(Event::AgentLeft { agent: agent.clone() });
        self.gone(agent, Standing::Left, Removal::Left);
    }

    /// Whoever is silent for too long is suspect, then lost.
    pub(super) fn look_for_the_lost(&mut self) {
        let steady = self.clock.steady();
        let limit = self.settings.agents.misses;
        for agent in self.roster.present() {
            let Some(member) = self.roster.get_mut(&agent) else { continue };
            let misses = member.misses(steady);
            if misses >= limit {
                self.lose(&agent);
            } else if misses.saturating_add(1) >= limit && member.standing == Standing::Live {
                member.standing = Standing::Suspect;
                self.record(Event::AgentSuspect { agent });
                self.save(Doc::Status);
            }
        }
        let forget = self.settings.agents.forget;
        let is_old = |m: &Member| m.gone.is_some_and(|gone| steady.since(gone) >= forget);
        let old: Vec<AgentId> =
            self.roster.members.iter().filter(|(_, m)| is_old(m)).map(|(a, _)| a.clone()).collect();
        for agent in old {
            self.roster.members.remove(&agent);
            self.save(Doc::Agent(agent));
        }
    }

    fn lose(&mut self, agent: &AgentId) {
        let Some(member) = self.roster.get(agent) else { return };
        let mut down = AgentDown::new(agent.clone(), member.state.agent.name.as_str());
        if let Some(task) = self.jobs.held_by(agent).first() {
            down = down.with_assigned_task(Json::encode(task).unwrap_or_default());
        }
        let full = Message::AgentDown(down.clone().with_last_state(member.state.clone()));
        let message = if self.fits(&full) { full } else { Message::AgentDown(down) };
        self.counters.lost_agents += 1;
        self.record(Event::AgentLost { agent: agent.clone() });
        self.publish(Party::Everyone, message);
        self.gone(agent, Standing::Lost, Removal::Lost);
    }

    fn gone(&mut self, agent: &AgentId, standing: Standing, why: Removal) {
        let steady = self.clock.steady();
        if let Some(member) = self.roster.get_mut(agent) {
            member.standing = standing;
            member.gone = Some(steady);
        }
        self.shrink_barriers(agent, why);
        self.drop_part(agent, why);
        self.orphan_jobs(agent);
        self.save(Doc::Status);
    }

    /// Keeps the number of those that are gone within its limit.
    fn forget_members(&mut self) {
        let gone = self.roster.members.iter().filter(|(_, m)| m.gone.is_some());
        if gone.clone().count() <= REMEMBERED {
            return;
        }
        let oldest = gone.min_by_key(|(_, m)| m.gone).map(|(agent, _)| agent.clone());
        if let Some(agent) = oldest {
            self.roster.members.remove(&agent);
            self.save(Doc::Agent(agent));
        }
    }
}
