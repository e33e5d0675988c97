//! What an operator does to tasks, without a lease.

pub(super) mod approve;
pub(super) mod cancel;
mod change;
pub(super) mod enqueue;
pub(super) mod pause;
pub(super) mod prioritise;
pub(super) mod reject;
pub(super) mod requeue;
pub(super) mod resume;
