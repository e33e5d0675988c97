//! The commands, one room each.

pub(crate) mod inbox;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod status;
pub(crate) mod task;
pub(crate) mod watch;
