//! `popkit hook EVENT`: for Claude Code, not for people.

use std::time::Duration;

use clap::Args;
use popkit_protocol::duration;

use crate::error::CliError;
use crate::exit::Exit;
use crate::{hook, output};

/// The arguments of `popkit hook`.
#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// The event that runs it: PreToolUse, PostToolUse, SessionStart, UserPromptSubmit; at any
    /// other nothing happens. One JSON object on standard input says the rest
    #[arg(required_unless_present = "config")]
    pub(crate) event: Option<String>,
    /// After so long a guarded event is denied; less than the timeout of the configuration
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "5s")]
    pub(crate) deadline: Duration,
    /// Print the configuration that makes Claude Code run this program, and do nothing else
    #[arg(long, conflicts_with = "event")]
    pub(crate) config: bool,
}

/// Prints the configuration for this very program.
pub(crate) fn print_configuration() -> Result<Exit, CliError> {
    let program = std::env::current_exe();
    let program = program
        .map_err(|error| CliError::failed(format!("cannot tell where this program is: {error}")))?;
    output::line(hook::configuration(&program))?;
    Ok(Exit::Done)
}
