//! Helpers for popkit's own tests. Never published, and named only in dev-dependencies.
//!
//! Helpers panic with one line that says what went wrong: a test has nothing better to do with an
//! error. None of them sleeps for a fixed time; they poll a condition until a deadline.
//!
//! | Need | Helper |
//! |---|---|
//! | wait for a condition | [`wait_until`], [`wait_for`] |
//! | a folder of one's own | [`scratch()`] |
//! | the `popkit` program | [`binary()`] |
//! | a process to kill, stop, resume; one on a terminal | [`Child`], [`alive`] (Unix) |
//! | a folder that refuses writes | [`ReadOnlyDir`] (Unix) |
//! | a disk that fills up | [`small_fs()`] (Unix) |
//! | a Redis server | [`RedisServer`], set up by [`RedisOptions`] (Unix) |
//! | one with a replica, with sentinels | [`RedisReplica`], [`RedisSentinel`] (Unix) |
//! | a Redis Cluster | [`RedisCluster`] (Unix) |
//! | a network that breaks | [`FaultProxy`] (Unix) |
//! | the REST API of Upstash | [`UpstashDouble`], set up by [`UpstashOptions`] (Unix) |

mod binary;
mod scratch;
mod stopwatch;
mod wait;

#[cfg(unix)]
mod child;
#[cfg(unix)]
mod mount;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod proxy;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod read_only_dir;
#[cfg(unix)]
mod redis;
#[cfg(unix)]
mod small_fs;
#[cfg(unix)]
mod upstash;

pub use binary::binary;
pub use scratch::{Scratch, scratch};
pub use wait::{wait_for, wait_until};

#[cfg(unix)]
pub use child::Child;
#[cfg(unix)]
pub use process::{alive, is_root};
#[cfg(unix)]
pub use proxy::FaultProxy;
#[cfg(unix)]
pub use read_only_dir::ReadOnlyDir;
#[cfg(unix)]
pub use redis::{Aof, RedisCluster, RedisOptions, RedisReplica, RedisSentinel, RedisServer};
#[cfg(unix)]
pub use small_fs::{SmallFs, small_fs};
#[cfg(unix)]
pub use upstash::{Broken, Fault, Faults, SeenRequest, StreamFault, UpstashDouble, UpstashOptions};
