//! What is SQLite's own: files, transactions, processes. The contract is the conformance
//! suite's.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is what a failure is")]

mod caches;
mod damage;
mod files;
mod groups;
mod life;
mod numbers;
mod process;
mod refuse;
mod rules;
mod support;
