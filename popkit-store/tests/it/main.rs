//! The integration tests of popkit-store: one binary, for link time.

#[cfg(feature = "conformance")]
mod broken;
mod layers;
#[cfg(feature = "conformance")]
mod memory;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(all(feature = "conformance", feature = "sqlite"))]
mod sqlite_conformance;
