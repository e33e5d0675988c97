//! What is to be done outside.

mod document;
mod event;

use std::fmt;

use popkit_protocol::{AgentId, Envelope, MessageId, TaskId};
use serde::{Deserialize, Serialize};

pub use document::Content;
pub use event::{About, End, Event, PhaseEnd, Removal};

/// The number of an effect in its session: 1, 2, 3 …, never used twice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EffectId(pub(super) u64);

impl EffectId {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One thing to do. It stays pending, also over a restart, until
/// [`Input::Done`](super::Input::Done) names it; so it may be done twice, and each action says
/// why that does no harm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// Its id.
    pub id: EffectId,
    /// The epoch of the leader that does it. The same effect has a higher one when it comes
    /// out again for the next leader.
    pub epoch: u64,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Publish a message on the channel of its [`topic`](Envelope::topic). Done twice it has
    /// the same id twice, and its receivers act on none of them twice.
    Publish(Box<Envelope>),
    /// Publish a message of an agent once more, to everybody, whatever channel its type has.
    /// Its id is the one it came with.
    Broadcast(Box<Envelope>),
    /// Save a document as it is when this is done, see
    /// [`Machine::document`](super::Machine::document): the newest content wins whatever the
    /// order. One that is not there is deleted. An earlier save of the same document that is
    /// still pending is dropped.
    Save(Doc),
    /// Remove the documents of the session: the objective, the states of agents, insights and
    /// orphans. Done twice, nothing is there the second time; so confirm it before another
    /// session begins under the same names.
    Clear,
    /// Put aside what could not be handled, on a bounded list.
    DeadLetter(DeadLetter),
    /// Find out whether something is as it should be, and answer with
    /// [`Input::Checked`](super::Input::Checked). A second answer replaces the first.
    Check(Check),
    /// Cancel a task of the store. One that has ended stays as it is.
    CancelTask {
        /// Which.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// Keep a part of the output of a tool, under its stream and index.
    Output(Output),
    /// Add to the session's journal, under this number: 1, 2, 3 … without gap.
    Record {
        /// The number.
        number: u64,
        /// What happened.
        event: Event,
    },
}

/// A document of a session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doc {
    /// `pop:objective`.
    Objective,
    /// `pop:coordinator:status`.
    Status,
    /// `pop:state:{agent}`.
    Agent(AgentId),
    /// The list `pop:insights`.
    Insights,
    /// `pop:patterns:{id}`.
    Pattern(MessageId),
    /// The list `pop:tasks:orphaned`.
    Orphans,
    /// The list `pop:human`: what waits for a decision.
    Human,
    /// An approval, for the guard to redeem.
    Approval(MessageId),
    /// `pop:completed:{session}`.
    Completed,
}

/// What could not be handled, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The channel, or the type of the message.
    pub channel: String,
    /// Who sent it, where that is known.
    pub from: Option<String>,
    /// Why.
    pub reason: String,
    /// What it was, cut at 4 KiB.
    pub text: String,
}

/// Something to find out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// What it is about.
    pub subject: Subject,
    /// In words: the criterion, or the name of the check.
    pub text: String,
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// A criterion of success, by its place in the objective.
    Criterion(u32),
    /// A check of the documentation, by its name.
    Documentation(String),
}

/// A part of the output of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Output {
    /// Whose.
    pub agent: AgentId,
    /// Which stream.
    pub stream: String,
    /// Its number, from 0.
    pub index: u64,
    /// The text.
    pub content: String,
}
