//! Layers over the memory backend.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "clippy knows tests by their attribute, and these are helpers of tests"
)]

mod circuit_breaker;
#[cfg(feature = "conformance")]
mod conformance;
mod fault;
mod retry;
mod retry_batch;
mod retry_read;
#[cfg(feature = "sign")]
mod sign;
mod storm;
mod support;
mod timeout;
