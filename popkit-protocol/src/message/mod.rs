//! Messages: the 25 documented types, one family per room, and types that nobody knows.
//!
//! | Room | Types |
//! |---|---|
//! | `body` | [`Message`]: all of them |
//! | `kind` | [`MessageType`] and [`OtherType`]: their names |
//! | `object` | [`Object`]: a payload, or a part of one, that is kept whole. Alone it is the payload of `QUERY`, `RESPONSE`, `TASK_CLAIMED`, `EMBEDDING_*` and `SIMILARITY_*` |
//! | `task` | `TASK`, `PROGRESS`, `RESULT` |
//! | `sync` | `SYNC`, `SYNC_ACK` |
//! | `objective_update` | `OBJECTIVE_UPDATE` |
//! | `control` | `DRIFT_ALERT`, `COURSE_CORRECT` |
//! | `agent_down` | `AGENT_DOWN` |
//! | `human` | `HUMAN_REQUIRED` |
//! | `boundary_alert` | `BOUNDARY_ALERT` |
//! | `stream` | `STREAM_START`, `STREAM_CHUNK`, `STREAM_END`, `STREAM_ERROR` |
//!
//! The payloads of `HEARTBEAT`, `INSIGHT` and `TASK_ORPHANED` are also documents and stand in
//! [`session`](crate::session).

mod agent_down;
mod body;
mod boundary_alert;
mod control;
mod human;
mod kind;
mod object;
mod objective_update;
mod stream;
mod sync;
mod task;

pub use agent_down::AgentDown;
pub use body::Message;
pub use boundary_alert::BoundaryAlert;
pub use control::{AfterDecision, CourseCorrect, DriftAlert, DriftKind, Resolution};
pub use human::HumanRequired;
pub use kind::{MessageType, OtherType};
pub use object::{EXTENSIONS, Object};
pub use objective_update::{ObjectiveUpdate, PhaseStart};
pub use stream::{StreamChunk, StreamEnd, StreamStart};
pub use sync::{BarrierStatus, SyncAck, SyncMessage, SyncOutcome, SyncRequest};
pub use task::{ProgressMessage, ResultMessage, TaskMessage};

pub(crate) use task::fraction;
