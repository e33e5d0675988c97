//! What a power session consists of: its objective and limits, its agents, what they learn,
//! what people allow them. Data, and rules that need nothing else.
//!
//! | Room | Holds |
//! |---|---|
//! | `objective` | [`Objective`]: what is to be reached, in which phases |
//! | `boundary` | [`Boundary`]: what nobody may do on the way |
//! | `agent` | [`AgentState`]: what an agent says about itself in a heartbeat |
//! | `insight` | [`Insight`]: a discovery that others should know |
//! | `pattern` | [`Pattern`]: what was learned from results |
//! | `approval` | [`Approval`]: one decision about one exact action |
//! | `orphan` | [`Orphan`]: the task of a lost agent |
//! | `completed` | [`CompletedSession`]: what came out |
//!
//! Each is written by [`Codec::to_json`](crate::Codec::to_json) as a document in the native
//! form and by [`Python::to_json`](crate::compat::python::Python::to_json) as the originals
//! read it.

mod agent;
mod approval;
mod boundary;
mod completed;
mod insight;
mod objective;
mod orphan;
mod pattern;

pub use agent::{AgentDecision, AgentIdentity, AgentState};
pub use approval::{
    ActionDigest, Approval, ApprovalError, ApprovalRequest, ApprovalState, Decision,
};
pub use boundary::{Boundary, BoundaryKind, ViolationAction};
pub use completed::CompletedSession;
pub use insight::{Insight, InsightKind};
pub use objective::Objective;
pub use orphan::Orphan;
pub use pattern::{Pattern, PatternOutcome};
