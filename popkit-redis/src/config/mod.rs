//! Where the servers are and how they are talked to: from a URL, the environment, or the
//! documented `redis` block. Nothing here connects.

mod address;
mod block;
mod check;
mod environment;
mod redis_config;
mod show;
mod url;

pub use address::{Address, Servers};
pub use block::RedisBlock;
pub use redis_config::{Protocol, RedisConfig};
#[cfg(feature = "rest")]
pub(crate) use url::{invalid, part};
