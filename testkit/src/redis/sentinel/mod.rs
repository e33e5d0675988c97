//! Sentinel: a primary, its replica, and one to three sentinels that move the role.

mod handle;
mod node;

pub use handle::RedisSentinel;
