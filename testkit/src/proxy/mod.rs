//! A network that can be broken: a proxy between a client and a server. Not here: breaking the
//! server itself ([`crate::RedisServer`]).
//!
//! One thread moves all bytes and takes the orders of the test in between, so that an order, once it
//! has returned, holds for every byte that comes after it.

mod engine;
mod handle;
mod mode;
mod pair;
mod pipe;
mod tally;

pub use handle::FaultProxy;
