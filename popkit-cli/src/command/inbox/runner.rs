//! Inboxes that another program reads for the agent.

use popkit_protocol::AgentId;

use crate::context::{agent_of_run, var};
use crate::error::CliError;
use crate::exit::Exit;

/// That no runner around this command reads the inbox of the agent: it would take this reader
/// for another start of the agent, and end.
///
/// # Errors
///
/// Refused.
pub(super) fn ensure_none(agent: &AgentId) -> Result<(), CliError> {
    let is_read = var("POPKIT_INBOX").is_some_and(|reader| reader == "runner");
    if !is_read || agent_of_run()?.as_ref() != Some(agent) {
        return Ok(());
    }
    let message = format!(
        "the runner of agent {agent} reads this inbox, and a second reader would end it; what came \
         is given to the next command, in its prompt and on standard input, and --peek looks"
    );
    Err(CliError::new(Exit::Refused, message))
}
