//! What is accepted, and what it waits for.

pub mod dependency;
pub mod edges;
pub mod insert;
pub mod lanes;
