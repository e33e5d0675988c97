//! Integration tests of popkit-coordinator, in one binary.

mod command;
mod inbox;
mod interface;
mod machine;
mod mirror;
mod process;
mod supervisor;
mod typed;
mod worker;
