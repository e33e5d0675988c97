//! The Redis backend, against real servers.

#[cfg(feature = "conformance")]
mod conformance;
mod documents;
mod faults;
#[cfg(feature = "upstash")]
mod rest;
mod slots;
mod users;
mod view;
