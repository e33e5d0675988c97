//! What is kept, what is gone, and how a reader is told.

pub mod latest;
pub mod overflow;
pub mod reset;
pub mod retention;
