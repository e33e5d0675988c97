//! The task seam: scripts, and the code that calls them.
//!
//! A call is one script and one round trip. What a script writes it writes in one go: Redis
//! runs nothing else meanwhile, and no script fails once it has begun to write. The rules are
//! those of [`engine`](crate::engine), in the server's own language; the conformance suite
//! holds both against each other.

pub(super) mod call;
mod change;
mod event;
mod heartbeat;
mod history;
mod insert;
mod lanes;
mod look;
mod record;
mod rules;
mod script;
mod step;
mod store;

pub(super) use call::{Caller, busy};
pub(super) use lanes::Lanes;
#[cfg(feature = "upstash")]
pub(super) use lanes::{code, decode};
pub(super) use record::lease;
#[cfg(feature = "upstash")]
pub(super) use script::LOOK;
pub(super) use script::{LEAVE, WAIT};
pub(super) use step::{hold, step};
