//! One Redis dialect over exchangeable wires; internal to popkit.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod classify;
mod config;
mod error;
mod handle;
mod inspect;
mod keyspace;
mod pause;
#[cfg(feature = "resp")]
mod resp;
mod script;
mod server_error;
mod stream;
mod wire;

pub use call::{Argument, Command, Reply};
pub use config::{Address, Protocol, RedisBlock, RedisConfig, Servers};
pub use error::{Error, ErrorKind, Result, convert, server_error};
pub use handle::Redis;
pub use inspect::{Eviction, Identity, Mode, Role, ServerVersion, Settings};
pub use keyspace::{Keyspace, escape_glob};
#[cfg(feature = "resp")]
#[cfg_attr(docsrs, doc(cfg(feature = "resp")))]
pub use resp::RespWire;
pub use script::{Invocation, Script};
pub use server_error::ServerError;
pub use stream::{
    Entry, Follow, Nudge, ReaderOptions, StreamEvent, StreamId, StreamReader, StreamStart,
};
pub use wire::{Counters, Dedicated, Listener, Notice, Topics, Wire, WireCapabilities};
