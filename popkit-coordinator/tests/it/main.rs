//! Integration tests of popkit-coordinator, in one binary.

mod command;
mod process;
mod typed;
mod worker;
