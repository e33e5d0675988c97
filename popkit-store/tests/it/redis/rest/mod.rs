//! The Redis backend over REST, against a double of the service over a real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests: a panic is what a failure is"
)]

#[cfg(feature = "conformance")]
mod conformance;
mod cost;
mod hints;
mod lanes;
mod lost;
mod mixed;
mod monitor;
mod refused;
mod support;
