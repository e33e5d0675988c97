//! What is SQLite's own: files, transactions, processes. The contract is the conformance
//! suite's.

#[cfg(feature = "conformance")]
mod conformance;
