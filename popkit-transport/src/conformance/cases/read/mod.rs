//! Reading, and where a reader is.

pub mod cursor;
pub mod once;
pub mod order;
pub mod repeat;
pub mod subscribe;
pub mod wake;
