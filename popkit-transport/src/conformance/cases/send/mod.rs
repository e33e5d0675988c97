//! Publishing.

pub mod batch;
pub mod headers;
pub mod names;
pub mod publish;
