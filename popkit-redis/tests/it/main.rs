//! Against real servers, which `popkit-testkit` starts.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod blocking;
mod calls;
mod connect;
mod kind;
mod listener;
#[cfg(feature = "rest")]
mod rest;
mod script;
mod server;
mod stream;
mod support;
mod trouble;
