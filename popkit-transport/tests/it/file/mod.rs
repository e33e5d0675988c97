//! The file backend: the suite, and what only files can suffer.

mod damage;
mod disk;
mod refuse;
mod retention;
#[cfg(feature = "conformance")]
mod suite;
mod support;
