//! What the session is for.

use std::time::Duration;

use popkit_coordinator::config::Config;
use popkit_coordinator::machine::Assignment;
use popkit_protocol::session::{BoundaryKind, ViolationAction};
use popkit_protocol::{
    Boundary, Clock as _, Json, Object, Objective, RandomIds, SystemClock, TaskId,
};

use super::StartArgs;
use super::issue::{self, Issue};
use crate::error::CliError;
use crate::input;

/// The phase in which the list of an issue is worked off.
const WORK: &str = "implement";

/// What was asked for.
#[derive(Debug)]
pub(super) struct Brief {
    pub(super) objective: Objective,
    /// The list of an issue, as tasks.
    pub(super) work: Vec<Assignment>,
}

/// The objective that was asked for; `None` where only --resume was said.
///
/// # Errors
///
/// None at all, or two; an issue that is none.
pub(super) fn of(args: &StartArgs, config: &Config) -> Result<Option<Brief>, CliError> {
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
    let (mut criteria, mut boxes) = (asked.criteria, asked.boxes);
    if !config.coordinator.auto_breakdown_tasks && criteria.is_empty() {
        // Nobody works them off one by one: they say when it is done.
        criteria.append(&mut boxes);
    }
    let criteria = criteria.into_iter().chain(args.criteria.iter().cloned());
    let objective = Objective::new(&RandomIds, SystemClock.now(), asked.objective)
        .with_phases(phases)
        .with_success_criteria(criteria)
        .with_boundaries(boundaries(config, args.timeout)?);
    let work = match config.coordinator.auto_breakdown_tasks {
        true => work(&objective, boxes)?,
        false => Vec::new(),
    };
    Ok(Some(Brief { objective, work }))
}

/// The list of an issue as tasks: of the phase `implement`, else of the first one.
fn work(objective: &Objective, boxes: Vec<String>) -> Result<Vec<Assignment>, CliError> {
    let at = objective.phases.iter().position(|phase| phase.eq_ignore_ascii_case(WORK));
    let phase = u32::try_from(at.unwrap_or(0)).unwrap_or(0);
    let assignment = |(number, title): (usize, String)| {
        let task = TaskId::new(format!("{}-{}", objective.id, number + 1))?;
        let body = Object::default().with("title", &title)?.with_extension("phase", &phase)?;
        Ok(Assignment { task, agent: None, body })
    };
    boxes.into_iter().enumerate().map(assignment).collect()
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
