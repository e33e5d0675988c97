//! The environment, and the agent that it names.

use popkit_protocol::{AgentId, ParseError};

use crate::error::CliError;

/// The agent that was named, else the one of `POPKIT_AGENT`.
pub(crate) fn agent(named: Option<AgentId>) -> Result<AgentId, CliError> {
    match named {
        Some(agent) => Ok(agent),
        None => agent_of_run()?.ok_or_else(|| {
            CliError::usage("which agent? name it with --agent NAME or POPKIT_AGENT")
        }),
    }
}

/// The agent of `POPKIT_AGENT`, if that is set.
pub(crate) fn agent_of_run() -> Result<Option<AgentId>, CliError> {
    let name = var("POPKIT_AGENT");
    name.map(|name| AgentId::new(name).map_err(in_variable("POPKIT_AGENT"))).transpose()
}

/// What is wrong with the value of a variable.
pub(super) fn in_variable(name: &'static str) -> impl Fn(ParseError) -> CliError {
    move |error| CliError::usage(format!("{name}: {error}"))
}

/// An environment variable; an empty one counts as not set.
pub(crate) fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
