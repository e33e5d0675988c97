//! Integration tests of the transports, one binary.

#[cfg(feature = "conformance")]
mod broken;
#[cfg(feature = "file")]
mod file;
mod layers;
#[cfg(feature = "conformance")]
mod memory;
#[cfg(all(feature = "redis", unix))]
mod redis;
#[cfg(all(feature = "upstash", unix))]
mod upstash;
