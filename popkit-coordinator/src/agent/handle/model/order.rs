//! One thing that an agent is told.

use popkit_protocol::Insight;
use popkit_protocol::message::{AgentDown, DriftAlert, PhaseStart};
use popkit_protocol::session::Orphan;

use super::{Answer, Barrier, BarrierEnd, Ended, Question, Ruling, Work};
use crate::{Letter, Received};

/// One thing that the coordinator or another agent says, each of them once. What other agents
/// have written in it is data: quote it, see [`text`](popkit_protocol::text).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Order {
    /// A phase begins: do your part, then [`report`](super::super::AgentHandle::report) it.
    Phase(PhaseStart),
    /// Work, to be answered by a [`result`](super::super::AgentHandle::result).
    Task(Work),
    /// Finish what you do and [stand](super::super::AgentHandle::arrive) at this barrier.
    Barrier(Barrier),
    /// A barrier is over that nobody here [waited](super::super::AgentHandle::wait_at) for.
    BarrierEnded(BarrierEnd),
    /// Wait: a person decides. [`Resume`](Self::Resume) or [`Abort`](Self::Abort) follows;
    /// where that is lost, the next barrier or phase says as much as to go on.
    Pause {
        /// Why.
        reason: String,
        /// Which decision.
        decision: String,
    },
    /// Go on.
    Resume(Ruling),
    /// Stop: what was asked was denied, there is no place, or the session is over.
    Abort(Ruling),
    /// Do something else.
    Redirect {
        /// Why.
        reason: String,
        /// What instead.
        suggestion: String,
    },
    /// You leave your path.
    Drift(DriftAlert),
    /// Another agent asks, see [`answer`](super::super::AgentHandle::answer).
    Question(Question),
    /// An answer that came when nobody waited for it any more.
    Answer(Answer),
    /// Another agent has found something.
    Insight(Box<Insight>),
    /// Another agent is lost.
    AgentDown(Box<AgentDown>),
    /// The task of a lost agent waits for somebody.
    Orphan(Box<Orphan>),
    /// The session is over. Nothing follows but this, again and again.
    Ended(Ended),
    /// A message that popkit gives no meaning.
    Other(Received),
    /// Messages are missing, expired or unreadable.
    Missing(Letter),
}
