//! Layers over the memory backend.

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
