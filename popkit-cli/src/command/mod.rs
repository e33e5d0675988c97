//! The commands, one room each.

pub(crate) mod agent;
pub(crate) mod backend;
pub(crate) mod decide;
pub(crate) mod doctor;
pub(crate) mod hook;
pub(crate) mod inbox;
pub(crate) mod insight;
pub(crate) mod lane;
pub(crate) mod pending;
pub(crate) mod power;
pub(crate) mod redis;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod status;
pub(crate) mod task;
pub(crate) mod upstash;
pub(crate) mod watch;
