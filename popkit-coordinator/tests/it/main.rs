//! Integration tests of popkit-coordinator, in one binary.

mod checks;
mod command;
mod config;
mod inbox;
mod interface;
mod machine;
mod mirror;
mod mode;
mod native_files;
mod process;
mod runtime;
mod supervisor;
mod typed;
mod worker;
