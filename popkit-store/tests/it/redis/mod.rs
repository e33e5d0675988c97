//! The Redis backend, against real servers.

#[cfg(feature = "conformance")]
mod conformance;
mod documents;
mod faults;
mod slots;
mod view;
