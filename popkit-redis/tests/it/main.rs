//! Against real servers, which `popkit-testkit` starts.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod blocking;
mod calls;
#[cfg(feature = "cluster")]
mod cluster;
mod connect;
mod listener;
mod script;
#[cfg(feature = "sentinel")]
mod sentinel;
mod server;
mod stream;
mod support;
#[cfg(feature = "tls")]
mod tls;
mod trouble;
