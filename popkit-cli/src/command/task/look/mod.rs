//! Reading, without changing anything.

pub(super) mod counts;
pub(super) mod history;
pub(super) mod list;
pub(super) mod show;
