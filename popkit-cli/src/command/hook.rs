//! `popkit hook EVENT`: for Claude Code, not for people.

use std::time::Duration;

use clap::Args;
use popkit_protocol::duration;

use crate::error::CliError;
use crate::exit::Exit;
use crate::{hook, output};

/// How long a hook may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
/// The same at the end of a session: Claude Code gives hooks 1.5 s there, their start included.
const LAST: Duration = Duration::from_millis(1200);

/// The arguments of `popkit hook`.
#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// The event that runs it: PreToolUse, PostToolUse, SessionStart, UserPromptSubmit,
    /// SubagentStop, SessionEnd; at any other nothing happens. One JSON object on standard input
    /// says the rest
    #[arg(required_unless_present = "config")]
    pub(crate) event: Option<String>,
    /// After so long a guarded event is denied; less than the timeout of the configuration
    /// [default: 5s, at SessionEnd 1200ms]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    deadline: Option<Duration>,
    /// Print the configuration that makes Claude Code run this program, and do nothing else
    #[arg(long, conflicts_with = "event")]
    pub(crate) config: bool,
}

impl HookArgs {
    /// How long it may take.
    pub(crate) fn deadline(&self) -> Duration {
        let is_last = self.event.as_deref() == Some("SessionEnd");
        self.deadline.unwrap_or(if is_last { LAST } else { DEADLINE })
    }
}

/// Prints the configuration for this very program.
pub(crate) fn print_configuration() -> Result<Exit, CliError> {
    let program = std::env::current_exe();
    let program = program
        .map_err(|error| CliError::failed(format!("cannot tell where this program is: {error}")))?;
    output::line(hook::configuration(&program))?;
    Ok(Exit::Done)
}
