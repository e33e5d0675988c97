//! Streams of events (SSE): the messages of channels and patterns, and all commands.
//!
//! Each stream has a connection to Redis of its own, which ends when the client goes.

mod event;
mod pump;
mod respond;
mod stream;

pub(super) use respond::respond;
