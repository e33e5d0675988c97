//! What happened in a session, for its journal.

use std::collections::BTreeSet;

use popkit_protocol::{AgentId, MessageId, TaskId};
use serde::{Deserialize, Serialize};

/// What the machine decided or learned. The journal proves what was done: a barrier's release
/// lists who arrived, and everybody else was removed by an event before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Event {
    /// A coordinator leads.
    Led { epoch: u64 },
    /// An agent is new.
    AgentJoined { agent: AgentId },
    /// A later start of the same agent takes its place.
    AgentReplaced { agent: AgentId },
    /// An earlier start of the same agent still speaks; it is not listened to.
    AgentTwin { agent: AgentId },
    /// There was no place for an agent.
    AgentRefused { agent: AgentId },
    /// An agent has missed almost all heartbeats that it may miss.
    AgentSuspect { agent: AgentId },
    /// An agent has missed too many.
    AgentLost { agent: AgentId },
    /// An agent that was lost is back.
    AgentBack { agent: AgentId },
    /// An agent went, by its own will.
    AgentLeft { agent: AgentId },
    /// A barrier waits for its members.
    BarrierOpened { barrier: String, generation: u64, members: BTreeSet<AgentId> },
    /// A member stands at it.
    BarrierReached { barrier: String, agent: AgentId },
    /// A member is not waited for any more.
    BarrierShrunk { barrier: String, agent: AgentId, why: Removal },
    /// A barrier waits for a person.
    BarrierHeld { barrier: String, decision: MessageId },
    /// All that are waited for have arrived.
    BarrierReleased { barrier: String, generation: u64, arrived: BTreeSet<AgentId> },
    /// It ended otherwise.
    BarrierFailed { barrier: String, generation: u64, reason: String },
    /// A phase begins.
    PhaseBegan { phase: u32 },
    /// A phase is over.
    PhaseEnded { phase: u32, how: PhaseEnd },
    /// An agent has done its part of a phase.
    PartDone { phase: u32, agent: AgentId },
    /// An agent could not do its part of a phase.
    PartFailed { phase: u32, agent: AgentId, reason: String },
    /// An agent of a phase is not waited for any more.
    PartDropped { phase: u32, agent: AgentId, why: Removal },
    /// A task lost its agent.
    TaskOrphaned { task: TaskId, agent: AgentId },
    /// It was given to another agent.
    TaskReassigned { task: TaskId, agent: AgentId },
    /// Nobody gets it any more.
    TaskGivenUp { task: TaskId, reason: String },
    /// A question waits for a person.
    Asked { decision: MessageId, about: About },
    /// It is answered.
    Answered { decision: MessageId, approved: bool, by: String },
    /// Nobody answered in time.
    Unanswered { decision: MessageId },
    /// It needs no answer any more.
    Withdrawn { decision: MessageId },
    /// A boundary or a limit was broken.
    Violation { agent: Option<AgentId>, text: String },
    /// The session is over.
    Ended { end: End },
}

/// Why somebody is not waited for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Removal {
    /// It was lost.
    Lost,
    /// It left.
    Left,
    /// It took too long.
    Overdue,
    /// A person decided so.
    Decided,
}

/// How a phase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PhaseEnd {
    /// All of it is done.
    Done,
    /// Its time was up, or a task of it failed, and the session goes on.
    Incomplete,
    /// It was skipped.
    Skipped,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum About {
    /// What an agent asked, or a boundary that it broke.
    Agent(AgentId),
    /// An agent has used up what it may use.
    Budget(AgentId),
    /// Whether a barrier goes on without those who are missing.
    Barrier(String),
    /// Whether a phase ends as it is.
    Phase(u32),
    /// Whether the documentation may stay as it is.
    Documentation,
    /// Whether a criterion is met, by its place.
    Criterion(u32),
    /// Whether the session may run on.
    Runtime,
    /// Whether it may cost more.
    Cost,
    /// Whether a task that nobody takes is cancelled.
    Orphan(TaskId),
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// Its objective is reached.
    Completed,
    /// It is not, and will not be.
    Failed {
        /// Why.
        reason: String,
    },
    /// It was stopped.
    Stopped {
        /// By whom, where that is known.
        by: Option<String>,
    },
    /// Its run time was up.
    TimedOut,
}
