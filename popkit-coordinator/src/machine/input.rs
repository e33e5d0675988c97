//! What comes in.

mod seen;
mod settings;
mod start;

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{
    AgentId, Envelope, MessageId, Object, Party, ProducerId, TaskId, TaskState, Timestamp,
};
use serde::{Deserialize, Serialize};

use super::effect::{EffectId, Subject};

pub(super) use seen::Seen;
pub use settings::{
    AgentSettings, BarrierSettings, DocumentationSettings, DriftSettings, Enforcement,
    EscalationSettings, InsightSettings, LimitSettings, PatternSettings, PhaseSettings, Policy,
    Settings, StreamSettings, TaskSettings,
};
pub use start::{Start, StartError};

/// One thing that the machine is told. All of it goes into the log; what is not in here the
/// machine does not know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Externally tagged: serde buffers other forms, and raw JSON cannot be read from its buffer.
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// A coordinator takes over, or begins. Effects carry its epoch from now on; those that
    /// are not confirmed come out again. An epoch that is not above the last one is an older
    /// leader: nothing happens.
    Lead {
        /// The epoch of its lease.
        epoch: u64,
    },
    /// Time has passed.
    Tick,
    /// A message came in on any channel.
    Message(Box<Heard>),
    /// Something came in that is no message.
    Malformed(Malformed),
    /// Messages of a channel are missing for ever. They are counted.
    Missed {
        /// The channel.
        channel: String,
        /// How many, where that is known.
        count: Option<u64>,
    },
    /// An agent says more about itself than its heartbeats can. Registers nobody.
    Join(Join),
    /// An agent has finished, by its own will.
    Leave {
        /// Which.
        agent: AgentId,
        /// When it said so, by its own clock: a heartbeat that it had sent before, and that
        /// comes later, does not bring it back.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// An agent asks for insights, at its check-in.
    Pull(Pull),
    /// Work is to be sent to an agent as a message, outside the task store.
    Assign(Assignment),
    /// The log of the task store has an event.
    Task(TaskNews),
    /// An agent used something up.
    Spent(Spending),
    /// A barrier beside those of the phases is to be opened.
    OpenBarrier(BarrierRequest),
    /// A person has decided. Whoever gives this has made sure that it was a person.
    Decide(Ruling),
    /// What a check found.
    Checked(Checked),
    /// The phase that runs is to be skipped.
    Skip {
        /// Who says so.
        by: String,
    },
    /// The session is to end.
    Stop {
        /// Who says so, where that is known.
        by: Option<Party>,
    },
    /// These effects are done, once at least.
    Done {
        /// Their ids.
        effects: Vec<EffectId>,
    },
}

/// A message, and who numbered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The message.
    pub envelope: Envelope,
    /// Its number; `None` for a message of the originals, which have none. Those are never
    /// taken for repeats because of their ids.
    pub origin: Option<Origin>,
}

/// Which message of which producer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Who numbered it.
    pub producer: ProducerId,
    /// Its number on its channel.
    pub sequence: u64,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// The channel it came on.
    pub channel: String,
    /// Why it is no message.
    pub reason: String,
    /// What it was, as text; longer than 4 KiB is cut.
    pub text: String,
}

/// What an agent says about itself when it joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// Its id.
    pub agent: AgentId,
    /// How often it sends heartbeats; the session's period where it does not say.
    pub period: Option<Duration>,
    /// What it works on.
    pub tags: BTreeSet<String>,
    /// The globs of the files it may touch; empty: those of the session.
    pub files: Vec<String>,
}

/// An agent that asks for insights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Which.
    pub agent: AgentId,
    /// What it works on, beside what is known of it. Where nothing is known either, it gets
    /// insights whatever their tags.
    pub tags: BTreeSet<String>,
}

/// Work for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its id; an id that is known changes nothing.
    pub task: TaskId,
    /// For whom; else for the live agent that has the least of it.
    pub agent: Option<AgentId>,
    /// What the message says.
    pub body: Object,
}

/// An event of the task store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskNews {
    /// The task.
    pub task: TaskId,
    /// The number of the event among those of the task. What is not above the last one is a
    /// repeat.
    pub number: u64,
    /// What happened.
    pub change: TaskChange,
}

/// What happened to a task, as far as a session has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskChange {
    /// It belongs to the session.
    Inserted {
        /// To which phase, from 0; the one that runs where it says nothing.
        phase: Option<u32>,
        /// By which insights find its agent.
        tags: BTreeSet<String>,
    },
    /// An agent has it.
    Claimed {
        /// Which.
        agent: AgentId,
    },
    /// Its agent fell silent; it is ready again.
    Rescued,
    /// Its agent gave it back; it is ready again.
    Released,
    /// It is over: done, failed or cancelled. Another state is no end and changes nothing.
    Ended {
        /// How.
        state: TaskState,
    },
}

/// What an agent used up since it last said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Which agent.
    pub agent: AgentId,
    /// Tokens.
    pub tokens: u64,
    /// Millionths of the currency.
    pub cost_micros: u64,
}

/// A barrier that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarrierRequest {
    /// Its name. While one with it is open, another is not opened.
    pub name: String,
    /// Who must stand at it; `None`: all that are live.
    pub members: Option<BTreeSet<AgentId>>,
    /// What to do there.
    pub instruction: String,
    /// What happens when a member is lost or late; the session's policy where `None`.
    pub policy: Option<Policy>,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// About which question.
    pub decision: MessageId,
    /// Yes or no.
    pub approved: bool,
    /// Who.
    pub by: String,
    /// What they said.
    pub notes: Option<String>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// What was checked.
    pub subject: Subject,
    /// What was found.
    pub verdict: Verdict,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as it should be.
    Met,
    /// It is not.
    Unmet {
        /// Why.
        reason: String,
    },
    /// Nobody can say but a person.
    Unknown,
}

/// One entry of the log: the inputs in the order in which they were handled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number: 1, 2, 3 … without gap.
    pub number: u64,
    /// The clock when it was handled.
    pub at: Timestamp,
    /// What came in.
    pub input: Input,
}
