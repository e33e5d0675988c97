//! From a letter to an order, or to nothing.

use popkit_protocol::message::{
    AfterDecision, CourseCorrect, ObjectiveUpdate, Resolution, SyncAck, SyncMessage,
};
use popkit_protocol::{AgentId, Message, Object, Party, Timestamp};

use super::known::{Call, Known};
use crate::Received;
use crate::agent::handle::{Answer, Barrier, BarrierEnd, Ended, Order, Question, Ruling, Work};

/// What becomes of a message.
#[derive(Debug, PartialEq)]
pub(super) enum Sorted {
    /// The agent is to hear of it.
    Order {
        order: Order,
        /// The reason of the pause that it ends.
        ends: Option<String>,
    },
    /// It knows that, or it is none of its business.
    Nothing,
    /// It has answered that already: once more.
    Again(SyncAck),
}

/// Since when an agent is there, by the transport's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    pub(super) began: Timestamp,
    pub(super) joined: Timestamp,
}

/// Sorts a message to `me`, who is there since then.
pub(super) fn sort(received: &Received, me: &AgentId, since: Since, known: &mut Known) -> Sorted {
    let envelope = received.envelope();
    if envelope.from.agent() == Some(me) || known.ended.is_some() {
        return Sorted::Nothing;
    }
    // It may be of an earlier session. Where it is of this one, the coordinator sends it to
    // each start of an agent anew.
    if received.accepted_at() < since.began && matches!(envelope.message, Message::Insight(_)) {
        return Sorted::Nothing;
    }
    if envelope.from != Party::Coordinator {
        return by_another(received, known);
    }
    // A later coordinator tells the agent where the session stands; an earlier word may be of
    // an earlier session.
    let is_old = received.accepted_at() < since.joined && is_standing(&envelope.message);
    let is_new = known.messages.is_new((envelope.id.clone(), envelope.sent_at));
    if is_old || !is_new {
        return Sorted::Nothing;
    }
    by_coordinator(received, me, known)
}

/// Whether it says how the session stands, and not only what has happened.
fn is_standing(message: &Message) -> bool {
    matches!(
        message,
        Message::Sync(_)
            | Message::ObjectiveUpdate(_)
            | Message::CourseCorrect(_)
            | Message::DriftAlert(_)
            | Message::AgentDown(_)
            | Message::TaskOrphaned(_)
    )
}

fn by_coordinator(received: &Received, me: &AgentId, known: &mut Known) -> Sorted {
    let envelope = received.envelope();
    match &envelope.message {
        // Of others: noise for an agent.
        Message::Progress(_) => Sorted::Nothing,
        Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start)) => {
            known.goes_on(envelope.sent_at);
            new(known.begins(start, envelope.sent_at), || Order::Phase(start.clone()))
        }
        Message::ObjectiveUpdate(ObjectiveUpdate::Complete { summary, .. }) => {
            end(known, Ended { summary: Some(summary.clone()), notes: None })
        }
        Message::Sync(sync) => barrier(received, sync, me, known),
        Message::CourseCorrect(correct) => course(received, correct, known),
        Message::DriftAlert(alert) => order(Order::Drift(alert.clone())),
        Message::AgentDown(down) => order(Order::AgentDown(Box::new(down.clone()))),
        Message::TaskOrphaned(orphan) => order(Order::Orphan(Box::new(orphan.clone()))),
        _ => by_another(received, known),
    }
}

fn by_another(received: &Received, known: &mut Known) -> Sorted {
    let envelope = received.envelope();
    let from = || envelope.from.clone();
    match &envelope.message {
        // What another agent calls a task is its wish: whoever hears it decides.
        Message::Task(task) if envelope.from.agent().is_none() => {
            let work = Work::of(from(), task);
            let is_new = work.id.clone().is_none_or(|id| known.tasks.is_new(id));
            new(is_new, || Order::Task(work))
        }
        Message::Insight(insight) => {
            let is_new = known.insights.is_new(insight.id.clone());
            new(is_new, || Order::Insight(Box::new(insight.clone())))
        }
        Message::Query(body) => order(Order::Question(question(received, body))),
        Message::Response(body) => order(Order::Answer(Answer::of(from(), body))),
        _ => order(Order::Other(received.clone())),
    }
}

fn question(received: &Received, body: &Object) -> Question {
    Question { id: received.id().clone(), from: received.from().clone(), body: body.clone() }
}

fn order(order: Order) -> Sorted {
    Sorted::Order { order, ends: None }
}

fn new(is_new: bool, make: impl FnOnce() -> Order) -> Sorted {
    if is_new { order(make()) } else { Sorted::Nothing }
}

fn end(known: &mut Known, ended: Ended) -> Sorted {
    known.ended = Some(ended.clone());
    order(Order::Ended(ended))
}

fn barrier(received: &Received, sync: &SyncMessage, me: &AgentId, known: &mut Known) -> Sorted {
    match sync {
        SyncMessage::Request(request) if !request.agents_required.contains(me) => Sorted::Nothing,
        SyncMessage::Request(request) => {
            known.goes_on(received.envelope().sent_at);
            let barrier = Barrier::of(request);
            match known.called(&barrier) {
                Call::New => order(Order::Barrier(barrier)),
                Call::Known => Sorted::Nothing,
                Call::Again(ack) => Sorted::Again(ack),
            }
        }
        SyncMessage::Outcome(outcome) => {
            let end = BarrierEnd::of(outcome);
            // One that says who was there says also who was not.
            let says_who = !(end.arrived.is_empty() && end.removed.is_empty());
            let concerns_me = end.arrived.contains(me) || end.removed.contains(me);
            let is_new = (concerns_me || !says_who) && known.is_over(&end);
            new(is_new, || Order::BarrierEnded(end))
        }
        _ => order(Order::Other(received.clone())),
    }
}

fn course(received: &Received, correct: &CourseCorrect, known: &mut Known) -> Sorted {
    let sent_at = received.envelope().sent_at;
    match correct {
        CourseCorrect::Pause { reason, decision_id, .. } => {
            known.pauses(decision_id, reason, sent_at);
            let (reason, decision) = (reason.clone(), decision_id.clone());
            order(Order::Pause { reason, decision })
        }
        CourseCorrect::Redirect { reason, suggestion, .. } => {
            order(Order::Redirect { reason: reason.clone(), suggestion: suggestion.clone() })
        }
        CourseCorrect::Resolve(resolution) => resolved(resolution, &received.envelope().to, known),
        _ => order(Order::Other(received.clone())),
    }
}

fn resolved(resolution: &Resolution, to: &Party, known: &mut Known) -> Sorted {
    let ends = known.decided(&resolution.decision_id);
    let ruling = Ruling::of(resolution);
    if resolution.action == AfterDecision::Resume {
        return Sorted::Order { order: Order::Resume(ruling), ends };
    }
    // All are to stop, and not because of a question: the session is over.
    if *to == Party::Everyone && ends.is_none() {
        return end(known, Ended { summary: None, notes: ruling.notes });
    }
    Sorted::Order { order: Order::Abort(ruling), ends }
}
