//! Looking at tasks, and changing them without a lease.

pub mod capability;
pub mod change;
pub mod close;
pub mod history;
pub mod prune;
pub mod query;
