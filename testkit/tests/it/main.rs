//! The testkit's larger helpers, seen from outside.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod upstash;
