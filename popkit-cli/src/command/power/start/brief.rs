//! What the session is for.

use std::time::Duration;

use popkit_coordinator::config::Config;
use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{Boundary, Clock as _, Json, Objective, RandomIds, SystemClock};

use super::StartArgs;
use super::issue::{self, Issue};
use crate::error::CliError;
use crate::input;

/// The objective that was asked for; `None` where only --resume was said.
///
/// # Errors
///
/// None at all, or two; an issue that is none.
pub(super) fn of(args: &StartArgs, config: &Config) -> Result<Option<Objective>, CliError> {
    let asked = match (&args.objective, &args.from_issue) {
        (Some(_), Some(_)) => {
            let message = "the objective is that of --from-issue; leave the other one out";
            return Err(CliError::usage(message));
        }
        (None, Some(file)) => {
            let issue = issue::read(&input::text(file)?, args.force);
            issue.map_err(|error| error.at(if file == "-" { "standard input" } else { file }))?
        }
        (Some(text), None) if !text.trim().is_empty() => {
            Issue { objective: text.trim().to_owned(), ..Issue::default() }
        }
        (None, None) if args.resume => return Ok(None),
        (Some(_), None) | (None, None) => {
            let message = "what is to be reached? `popkit power start OBJECTIVE`, or --resume for \
                           a session that is not over";
            return Err(CliError::usage(message));
        }
    };
    let phases = match (args.phases.is_empty(), asked.phases.is_empty()) {
        (false, _) => args.phases.iter().map(|name| name.trim().to_owned()).collect(),
        (true, false) => asked.phases,
        (true, true) => config.phases.default_phases.clone(),
    };
    let criteria = asked.criteria.into_iter().chain(args.criteria.iter().cloned());
    let objective = Objective::new(&RandomIds, SystemClock.now(), asked.objective)
        .with_phases(phases)
        .with_success_criteria(criteria)
        .with_boundaries(boundaries(config, args.timeout)?);
    Ok(Some(objective))
}

fn boundaries(config: &Config, timeout: Option<Duration>) -> Result<Vec<Boundary>, CliError> {
    let mut boundaries = Vec::new();
    if let Some(timeout) = timeout {
        // Whoever said how long it may run has decided already what happens then.
        let mut limit = Boundary::time_limit(timeout)?;
        limit.violation_action = ViolationAction::Block;
        boundaries.push(limit);
    }
    let actions = config.human_actions();
    if !actions.is_empty() {
        let text = format!("ask a person before: {}", actions.join(", "));
        let value = Json::encode(&actions).map_err(|error| CliError::data(error.to_string()))?;
        let gate = Boundary::new(BoundaryKind::HumanGate, text, value, ViolationAction::Alert);
        // Agents are told; a guard cannot tell by a shell command which action it is.
        boundaries.push(gate.with_enforced(false));
    }
    Ok(boundaries)
}
