//! What the program tells about its own work: `tracing` to standard error.

use tracing_subscriber::EnvFilter;

use crate::args::Global;

/// Sets up the log. `POPKIT_LOG` (a filter such as `popkit_store=debug`) wins over `-v`.
pub(crate) fn init(global: &Global) {
    let level = match global.verbose {
        0 => "warn",
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
