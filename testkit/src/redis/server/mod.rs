//! One Redis server. Not here: several that know each other (its neighbours in [`super`]).

mod ask;
mod config;
mod handle;
mod url;

pub use handle::RedisServer;
