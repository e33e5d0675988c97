//! Integration tests of the `popkit` program, in one binary. Each test starts the real
//! program, as a shell would.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod add;
#[cfg(unix)]
mod agent;
#[cfg(unix)]
mod approve;
mod decide;
mod exit;
mod files;
mod hold;
mod hook;
#[cfg(unix)]
mod init;
mod inside;
#[cfg(unix)]
mod insight;
mod lane;
mod look;
mod messages;
#[cfg(unix)]
mod power;
#[cfg(unix)]
mod redis;
mod room;
mod run;
mod state;
#[cfg(unix)]
mod upstash;
