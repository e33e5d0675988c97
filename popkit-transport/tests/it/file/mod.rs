//! The file backend: the suite, and what only files can suffer.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

mod damage;
mod disk;
mod refuse;
mod retention;
#[cfg(feature = "conformance")]
mod suite;
mod support;
