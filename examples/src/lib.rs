//! Runnable examples of popkit: `cargo run -p popkit-examples --example basic_demo`.
//!
//! The code blocks of the README are compiled and run as tests of this package.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
