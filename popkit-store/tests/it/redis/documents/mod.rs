//! Documents on Redis beside other programs. The contract is the conformance suite's.

#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

#[cfg(feature = "redis-cluster")]
mod cluster;
mod ends;
mod names;
mod others;
mod pages;
mod shown;
mod support;
mod trouble;
