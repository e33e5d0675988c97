//! Messages: whose they are, whether they still count, which room has them.

use popkit_protocol::{AgentId, Envelope, Message, Party};

use super::Machine;
use crate::machine::input::{Heard, Malformed};
use crate::machine::phase::Stage;

impl Machine {
    pub(super) fn hear(&mut self, heard: Heard) {
        let Heard { envelope, origin } = heard;
        if origin.is_some_and(|origin| !self.seen.is_new(origin, &envelope)) {
            self.counters.repeats += 1;
            return;
        }
        self.counters.messages += 1;
        let Party::Agent(agent) = envelope.from.clone() else {
            // Its own, come back by a shared channel; people speak by other inputs.
            self.counters.unhandled(envelope.message.name());
            return;
        };
        if envelope.is_expired(self.clock.wall()) && !is_a_fact(&envelope.message) {
            self.expired(&agent, &envelope);
            return;
        }
        if matches!(self.stage, Stage::Over(_)) {
            self.hear_late(&agent, &envelope);
            return;
        }
        self.roster.sign_of_life(&agent, &envelope, self.clock.steady());
        self.hear_from(&agent, &envelope);
    }

    fn hear_from(&mut self, agent: &AgentId, envelope: &Envelope) {
        match &envelope.message {
            Message::Heartbeat(state) if state.agent.id == *agent => {
                self.heartbeat(state);
            }
            Message::Heartbeat(state) => {
                let reason = format!("the heartbeat is that of {}", state.agent.id);
                self.dead(envelope, reason);
            }
            Message::Progress(progress) => self.progress(agent, progress),
            Message::Result(_) => self.result(agent, envelope),
            Message::SyncAck(ack) => self.arrive(agent, ack),
            Message::Insight(_) => self.insight(agent, envelope),
            Message::HumanRequired(request) => self.human_required(agent, envelope, request),
            Message::BoundaryAlert(alert) => self.boundary_alert(agent, alert),
            Message::TaskClaimed(body) => self.task_claimed(agent, body),
            Message::StreamStart(_)
            | Message::StreamChunk(_)
            | Message::StreamEnd(_)
            | Message::StreamError(_) => self.stream(agent, envelope),
            // Of types that are for agents, that nobody uses, or that nobody knows.
            _ => {
                self.counters.unhandled(envelope.message.name());
                self.counters.keep(envelope);
            }
        }
    }

    /// After the end: a result is kept, and who asks is told that it is over.
    fn hear_late(&mut self, agent: &AgentId, envelope: &Envelope) {
        match &envelope.message {
            Message::Result(_) => self.result(agent, envelope),
            Message::HumanRequired(_) => self.turn_away(agent, "the session is over"),
            Message::Heartbeat(_) | Message::SyncAck(_) => self.tell_end(agent),
            message => self.counters.unhandled(message.name()),
        }
    }

    fn expired(&mut self, agent: &AgentId, envelope: &Envelope) {
        self.counters.expired += 1;
        if envelope.requires_ack {
            self.dead(envelope, "it had expired when it came in; send it again");
        }
        if matches!(envelope.message, Message::HumanRequired(_)) {
            self.turn_away(agent, "the question had expired when it came in");
        }
    }

    pub(super) fn malformed(&mut self, malformed: Malformed) {
        let Malformed { channel, reason, text } = malformed;
        self.put_aside(&channel, None, reason, &text);
    }
}

/// What has happened stays true, however late one hears of it. And a heartbeat that is heard
/// proves enough: clocks that differ must not make agents lost.
fn is_a_fact(message: &Message) -> bool {
    matches!(message, Message::Result(_) | Message::SyncAck(_) | Message::Heartbeat(_))
}
