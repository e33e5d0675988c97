//! Integration tests of popkit-protocol, in one binary.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

mod autonomous;
mod codec;
mod decoders;
mod docs;
mod keys;
mod lives;
mod messages;
mod snapshots;
mod strategies;
