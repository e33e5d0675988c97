//! The RESP wire: connections to Redis servers. The only room that knows the `redis` crate, of
//! which it takes the protocol, multiplexing, cluster and Sentinel discovery. What it does not
//! take: time-outs, reconnecting and repeating, which must follow the contract of
//! [`Wire`](crate::Wire).

mod blocking;
mod connect;
mod connection;
mod convert;
mod door;
mod link;
mod listener;
mod lost;
mod request;
mod wire;

pub use wire::RespWire;
