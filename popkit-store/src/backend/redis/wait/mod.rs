//! Parked agents: work is handed to them the moment it is ready.
//!
//! A waiting agent is registered on the server with what it wants. Whoever makes a task ready
//! claims it for the agent in the same script and pushes the lease to the inbox of the agent's
//! handle; there one blocking connection serves all agents of the handle.

mod inbox;
mod parking;
mod seat;
mod serve;

use std::time::Duration;

pub(super) use parking::Parking;

/// How long the server blocks at most before it answers that there is nothing. That a connection
/// is gone without a word is found by its keepalive, and by agents that are told nothing.
const BLOCK: Duration = Duration::from_secs(36);

/// How long an agent rests at most before it looks for itself.
const REST: Duration = Duration::from_secs(12);

#[cfg(test)]
mod tests;
