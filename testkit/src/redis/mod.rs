//! Real Redis servers of a test's own: one, a primary with its replica, Sentinel, Cluster.
//!
//! They run the `redis-server` of the machine on loopback and die with the test process, however
//! that ends. Not here: breaking the network between client and server ([`crate::FaultProxy`]).

mod certificate;
mod cluster;
mod deadline;
mod options;
mod process;
mod replica;
mod sentinel;
mod server;
mod wire;

pub use cluster::RedisCluster;
pub use options::{Aof, RedisOptions};
pub use replica::RedisReplica;
pub use sentinel::RedisSentinel;
pub use server::RedisServer;

use deadline::DEADLINE;
