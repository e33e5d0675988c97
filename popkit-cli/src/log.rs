//! What the program tells about its own work: `tracing` to standard error.

use tracing_subscriber::EnvFilter;

use crate::args::Global;

/// What is told unless more is asked for. That a server promises little is for those who set it
/// up, `popkit doctor` and `popkit run`, and not for every command.
const QUIET: &str = "warn,popkit_store::backend::redis::open=error,\
                     popkit_transport::backend::redis::open=error";

/// Sets up the log. `POPKIT_LOG` (a filter such as `popkit_store=debug`) wins over `-v`.
pub(crate) fn init(global: &Global) {
    let level = match global.verbose {
        0 => QUIET,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match std::env::var("POPKIT_LOG") {
        Ok(text) if !text.is_empty() => EnvFilter::new(text),
        _ => EnvFilter::new(level),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(global.color.wanted(&std::io::stderr()))
        .init();
}
