//! As much of the Redis protocol (RESP2) as it takes to ask a server something from a test. popkit's
//! own connections are not made here.

mod access;
mod link;
mod reply;

pub(super) use access::{Access, Endpoint};
pub(super) use reply::Reply;
