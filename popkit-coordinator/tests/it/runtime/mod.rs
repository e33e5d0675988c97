//! Coordinators over real stores and transports, with agents that are written here by hand: a
//! second reading of the wire, beside the agents that popkit has.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Each test polls what it plays by itself.
#![allow(clippy::future_not_send, clippy::large_futures)]

mod agent;
mod decisions;
mod failover;
mod life;
mod record;
mod refuse;
mod stage;
mod tasks;

use std::time::Duration;

use popkit_coordinator::machine::{Settings, Start};
use popkit_protocol::{Clock as _, Objective, RandomIds, SystemClock};

use agent::Agent;
pub(crate) use stage::Stage;

/// By then whatever a test waits for must have happened.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A session of these phases with this many agents.
pub(crate) fn start(phases: &[&str], agents: u32) -> Start {
    let now = SystemClock.now();
    let objective = Objective::new(&RandomIds, now, "tidy the parser");
    let mut settings = Settings::default();
    settings.agents.wanted = agents;
    settings.agents.period = Duration::from_secs(1);
    let seed = now.as_micros() & 0xffff_ffff;
    Start::new(objective.with_phases(phases.iter().copied()), seed, now).with_settings(settings)
}
