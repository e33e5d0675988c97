//! The Redis transport, on servers of the tests' own.

#[cfg(feature = "conformance")]
mod suite;
