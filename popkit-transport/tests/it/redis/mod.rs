//! The Redis transport, on servers of the tests' own.

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
