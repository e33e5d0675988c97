//! Layers over the memory backend.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "clippy knows tests by their attribute, and these are helpers of tests"
)]

mod closing;
#[cfg(feature = "conformance")]
mod conformance;
mod fault;
mod ledger;
mod retry;
mod retry_documents;
mod retry_limits;
mod storm;
mod support;
mod timeout;
