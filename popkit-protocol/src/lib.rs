//! The data model of popkit: what a task is, who holds it, and how it may change; what agents
//! tell each other, and how that is written.
//!
//! This crate does no I/O and knows no async runtime. Stores, agents and programs
//! share its types; everything that decides something is a pure function that takes
//! time and ids as arguments.
//!
//! ```
//! use popkit_protocol::{Json, NewTask, TaskId, TaskKind};
//!
//! let task = NewTask::new(TaskId::new("t-1")?, TaskKind::new("greet")?)
//!     .with_title("Say hello")
//!     .with_payload(Json::encode(&"world")?)
//!     .with_priority(7.try_into()?);
//! assert_eq!(task.payload.decode::<String>()?, "world");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! | Module | Holds |
//! |---|---|
//! | [`id`] | names of tasks, agents, sessions, kinds and capabilities |
//! | [`channel`] | channels, topics, namespaces |
//! | [`envelope`] | the envelope of a message, who sends and receives |
//! | [`message`] | the messages: 25 documented types and any other |
//! | [`session`] | objective, boundaries, agents, insights, patterns, approvals |
//! | [`codec`] | messages and documents as JSON, with limits |
//! | [`text`] | text of other agents: cleaned and quoted |
//! | [`token`] | holders, claims, fences: who may write |
//! | [`time`] | [`Timestamp`] and the injected [`Clock`] |
//! | [`duration`] | spans of time as text: `1h30m` |
//! | [`task`] | the task, its states, events, lanes, scores and retry policy |
//! | [`limits`] | the size of everything that is accepted |
//! | [`layer`] | what the layers of stores and transports share |
//! | [`compat`] | formats of the predecessors |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod call_error;
mod capability;
pub mod channel;
pub mod codec;
pub mod compat;
pub mod duration;
pub mod envelope;
mod error;
pub mod id;
mod json;
pub mod layer;
pub mod limits;
pub mod message;
pub mod session;
mod source;
pub mod task;
pub mod text;
pub mod time;
pub mod token;

pub use call_error::{CallError, CallErrorKind, OutcomeKind};
pub use capability::{Durability, Push, Reach};
pub use channel::{Channel, Namespace, Topic};
pub use codec::{Codec, CodecError, CodecErrorKind, Incoming, Limits, Shape};
pub use envelope::{Envelope, Party};
pub use error::ParseError;
pub use id::{AgentId, Capability, MessageId, SessionId, TaskId, TaskKind, UniqueKey};
pub use json::{Json, JsonError};
pub use message::{Message, MessageType, Object};
pub use session::{AgentState, Approval, Boundary, Insight, InsightKind, Objective, Pattern};
pub use source::{IdSource, RandomIds, SequentialIds};
pub use task::{
    Actor, Backoff, Change, Cursor, EdgePolicy, EndKind, ErrorEntry, FailCause, Failure, Hold,
    Kinds, Lane, LaneKey, Lease, LeaseEnd, LeaseToken, Need, NewTask, Outcome, Pending, Priority,
    Profile, Progress, ReplayError, Requirement, RetryPolicy, Score, ScoreMode, Task, TaskEvent,
    TaskMetrics, TaskState, TransitionError, Trigger,
};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
pub use token::{ClaimId, Fence, HolderId, ProducerId, RequestId};
