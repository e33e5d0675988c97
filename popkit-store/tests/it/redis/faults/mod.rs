//! What the task store does while a server or a network fails. The contract is the conformance
//! suite's; that the wire mends itself is popkit-redis's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests: a panic is what a failure is"
)]

mod dead;
#[cfg(feature = "redis-sentinel")]
mod failover;
mod kill;
mod lanes;
mod lost;
mod parked;
mod refused;
mod registry;
mod silent;
pub(in crate::redis) mod support;
mod wiped;
