//! Whether it is a person who asks.

use std::io::{IsTerminal as _, stderr, stdin};

use crate::context::var;
use crate::error::CliError;
use crate::exit::Exit;

/// Variables that say that a process is one of an agent's.
const OF_AGENTS: [&str; 3] = ["POPKIT_AGENT", "POPKIT_TASK_ID", "CLAUDECODE"];

/// The name of the person at this terminal, for the record. `what` is what they are about to
/// do, as in `to approve`.
///
/// # Errors
///
/// Refused where it is no person who asks: in a process of an agent, or without a terminal.
pub(crate) fn ensure_person(what: &str) -> Result<String, CliError> {
    ensure_no_agent(what)?;
    if !(stdin().is_terminal() && stderr().is_terminal()) {
        let message = format!(
            "{what} is for a person at a terminal, and this is none; do it in a terminal of \
             your own"
        );
        return Err(CliError::new(Exit::Refused, message));
    }
    Ok(["USER", "LOGNAME"].into_iter().find_map(var).unwrap_or_else(|| "a person".to_owned()))
}

/// That this is no process of an agent.
///
/// # Errors
///
/// Refused, with the variable that says otherwise.
pub(crate) fn ensure_no_agent(what: &str) -> Result<(), CliError> {
    let Some(name) = OF_AGENTS.into_iter().find(|name| var(name).is_some()) else {
        return Ok(());
    };
    let message = format!(
        "{what} is not for agents, and {name} is set here; do it in a terminal that no agent \
         was started in"
    );
    Err(CliError::new(Exit::Refused, message))
}
