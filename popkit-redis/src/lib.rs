//! One Redis dialect over exchangeable wires: connections that mend themselves, commands,
//! scripts, streams that are read without loss, and errors with exact outcomes.
//!
//! **Internal to popkit.** `popkit-transport` and `popkit-store` are built on it, and depend on
//! exactly its version; it has no stable API of its own.
//!
//! ```no_run
//! use popkit_redis::{Command, Invocation, Redis, RedisConfig, Script};
//!
//! static BUMP: Script = Script::new("bump", "return redis.call('INCR', KEYS[1])");
//!
//! # async fn run() -> popkit_redis::Result<()> {
//! let redis = Redis::connect("redis://localhost:6379?timeout=2s".parse()?).await?;
//! redis.settings("pop:").await?.refuse_eviction()?;
//!
//! let id = Command::new("XADD").args(["pop:stream:results", "*", "m", "hello"]);
//! println!("added {}", redis.execute(id).await?.into_text()?);
//! let number = redis.eval(&BUMP, Invocation::new().key("pop:n")).await?.into_int()?;
//! println!("called {number} times");
//! # Ok(())
//! # }
//! ```
//!
//! # Concepts
//!
//! - A [`Wire`] is a way of talking to a server. Its contract is what everything rests on:
//!   every call ends in time, an error says `NotApplied` only where the server surely did not
//!   act, and nothing but reads is repeated.
//! - [`Redis`] is the handle over a wire: commands, pipelines, transactions, scripts by their
//!   digest, and what the server says of itself ([`Identity`], [`Settings`]).
//! - [`StreamReader`] reads streams from places of its own, and tells gaps and resets.
//! - [`Keyspace`] says under which keys a session has its things.
//! - No type of a client library is in a signature: [`Command`] goes in, [`Reply`] comes out,
//!   the same over every wire and version of the protocol.
//!
//! # Servers
//!
//! Redis 7.0 or later: one server over TCP, TLS or a Unix socket; Cluster; Sentinel. See
//! [`RedisConfig`] for the URLs.
//!
//! | What a user of the server needs | For |
//! |---|---|
//! | `+hello` | every connection; without it and `+info` nobody can tell the version |
//! | `+info` | [`Identity::run_id`], by which a lost tail shows; else it is `None` |
//! | `+config\|get` | [`Settings`]; else durability is unverified |
//! | `+role` | Sentinel |
//! | `+eval +evalsha` | scripts; `+script` is not needed |
//! | `+xinfo\|stream` | [`StreamReader`] |
//!
//! TLS uses the process-wide provider of rustls where one is installed, else ring; this crate
//! installs none. Cluster and Sentinel over TLS need one to be installed: the program calls
//! `rustls::crypto::ring::default_provider().install_default()` when it starts.
//!
//! # REST
//!
//! Upstash is reached by its native protocol (`rediss://`) like every other server, or over
//! HTTPS, with the feature `rest`: `RestConfig` says where, `Redis::connect_rest` connects,
//! and everything built on [`Redis`] works over it. What differs:
//!
//! | | Over connections | Over REST |
//! |---|---|---|
//! | blocking commands | yes | no: who waits shares one poll ([`Redis::await_entries`]) |
//! | channels | pub/sub | pub/sub by server-sent events; use it for hints |
//! | arguments | any bytes | UTF-8; answers may hold any bytes |
//! | scripts | lock the server | lock their keys alone; in a transaction all the same |
//! | replicas | are not read | are read; own writes are seen, by the sync token |
//! | cost | none | each command is billed: [`Counters`] |
//!
//! Handles with the same configuration share clients, counters and poll within a process. An
//! idle process asks four times a minute, whatever it waits for; with `sse=on` once, and learns
//! of most things at once: see [`Redis::hear`].
//!
//! The service itself was not tried: the wire follows its documentation, and the tests a double
//! of it over a real server. What is not documented is taken in every reading.
//!
//! # Features
//!
//! | Feature | Default | Adds |
//! |---|---|---|
//! | `resp` | yes | the wire over connections to a server |
//! | `cluster` | no | Redis Cluster over it |
//! | `sentinel` | no | Redis Sentinel over it |
//! | `tls` | no | TLS over it, by rustls |
//! | `rest` | no | the wire over HTTPS, as Upstash offers it |
//! | `tracing` | yes | events through the `tracing` facade |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod classify;
mod config;
mod error;
mod handle;
mod inspect;
mod keyspace;
mod pause;
mod poll;
#[cfg(feature = "resp")]
mod resp;
#[cfg(feature = "rest")]
mod rest;
mod script;
mod server_error;
mod stream;
mod wire;

pub use call::{Argument, Command, Reply};
pub use classify::refused;
pub use config::{Address, Protocol, RedisBlock, RedisConfig, Servers};
pub use error::{Error, ErrorKind, Result, convert, server_error};
pub use handle::Redis;
pub use inspect::{Eviction, Identity, Mode, Role, ServerVersion, Settings};
pub use keyspace::{Keyspace, escape_glob};
#[cfg(feature = "resp")]
#[cfg_attr(docsrs, doc(cfg(feature = "resp")))]
pub use resp::RespWire;
#[cfg(feature = "rest")]
#[cfg_attr(docsrs, doc(cfg(feature = "rest")))]
pub use rest::{RestConfig, RestWire};
pub use script::{Invocation, Script};
pub use server_error::ServerError;
pub use stream::{
    Entry, Follow, Nudge, ReaderOptions, StreamEvent, StreamId, StreamReader, StreamStart,
};
pub use wire::{Counters, Dedicated, Listener, Notice, Topics, Wire, WireCapabilities};
