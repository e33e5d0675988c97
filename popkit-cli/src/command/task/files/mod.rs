//! Tasks from files, to files, and out of the store.

pub(super) mod export;
pub(super) mod import;
pub(super) mod prune;
mod source;
