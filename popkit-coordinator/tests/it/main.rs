//! Integration tests of popkit-coordinator, in one binary.

mod check_in;
mod checks;
mod command;
mod config;
mod guard;
mod handle;
mod inbox;
mod interface;
mod machine;
mod mirror;
mod mode;
mod native;
mod native_files;
mod process;
mod runtime;
mod supervisor;
mod typed;
mod worker;
