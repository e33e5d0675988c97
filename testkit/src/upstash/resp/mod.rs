//! RESP2, spoken to the Redis server behind the double. Not through the `redis` crate: status
//! replies and strings stay apart, the texts of errors stay as they are, and nothing is shared with
//! what the double tests.

mod command;
mod link;
mod reply;

pub(super) use command::Command;
pub(super) use link::Link;
pub(super) use reply::Reply;
