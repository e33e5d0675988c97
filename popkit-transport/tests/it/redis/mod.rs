//! The Redis transport, on servers of the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests: a panic is what a failure is"
)]

mod access;
mod bridge;
mod publish;
mod retention;
#[cfg(all(feature = "conformance", any(feature = "redis-cluster", feature = "redis-sentinel")))]
mod servers;
#[cfg(feature = "conformance")]
mod suite;
mod support;
mod trouble;
