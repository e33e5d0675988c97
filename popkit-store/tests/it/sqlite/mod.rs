//! What is SQLite's own: files, transactions, processes. The contract is the conformance
//! suite's.

mod caches;
mod damage;
mod files;
mod groups;
mod life;
mod numbers;
mod process;
mod refuse;
mod support;
