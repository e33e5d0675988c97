//! Documents.

pub mod condition;
pub mod document;
