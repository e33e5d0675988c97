//! The `popkit` program. What it does is in `docs/cli.md`.

mod app;
mod args;
mod backend;
mod command;
mod context;
mod error;
mod exit;
mod hook;
mod host;
mod input;
mod log;
mod messages;
mod output;
mod session;
mod signals;
mod state;
mod table;
mod whole;

use std::process::ExitCode;

/// The hidden first argument by which the program starts itself as a child's shim.
pub(crate) const SHIM: &str = "__shim";

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    // The shim comes first: it must not inherit a runtime, a log or a parsed command line.
    if args.nth(1).is_some_and(|first| first == SHIM) {
        return popkit_coordinator::process::shim_main(args);
    }
    app::main()
}
