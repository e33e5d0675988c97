//! The Redis transport, on servers of the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests: a panic is what a failure is"
)]

mod access;
mod ask;
mod bridge;
#[cfg(feature = "redis-cluster")]
mod cluster;
mod publish;
mod retention;
#[cfg(feature = "redis-sentinel")]
mod sentinel;
#[cfg(all(feature = "conformance", any(feature = "redis-cluster", feature = "redis-sentinel")))]
mod servers;
#[cfg(feature = "conformance")]
mod suite;
mod support;
mod trouble;

#[cfg(all(feature = "upstash", feature = "conformance"))]
pub(crate) use suite::{expected, options as options_at};
#[cfg(feature = "upstash")]
pub(crate) use support::{DEADLINE, event, lines, open, results, soon};
#[cfg(feature = "upstash")]
pub(crate) use trouble::{counted, persist};
