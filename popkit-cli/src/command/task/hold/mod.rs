//! Claiming a task, and everything under its lease.
//!
//! Every process of the shell is another one, so the token waits in a file between them.

pub(super) mod claim;
pub(super) mod complete;
pub(super) mod fail;
mod finish;
mod held;
pub(super) mod progress;
pub(super) mod release;
pub(super) mod start;
mod tokens;
