//! PreToolUse: may this call be made?

use std::sync::Arc;

use popkit_coordinator::Post;
use popkit_coordinator::guard::{
    ProtectedPaths, ToolCall, Verdict, Violation, judge, unconventional,
};
use popkit_protocol::message::BoundaryAlert;
use popkit_protocol::{Clock as _, Envelope, Message, Object, Party, RandomIds, SystemClock};
use popkit_transport::Stamps;

use super::floor::Floor;
use super::input::Input;
use super::run::{Failure, Project};
use super::session::Session;
use super::{answer, config};
use crate::context::Context;
use crate::error::CliError;
use crate::output;

/// Violations of one call that are reported.
const REPORTED: usize = 8;

/// Says no, or asks, or nothing.
pub(super) async fn run(
    cx: &Context,
    project: &Project,
    input: &Input,
    floor: &Floor,
) -> Result<(), Failure> {
    let (tool, arguments) = input.call()?;
    let call = ToolCall::new(tool, &arguments, &input.cwd).with_root(project.root(cx));
    let always = project.protect(cx, ProtectedPaths::always());
    // First, for it needs no session and no store.
    let verdict = always.judge(&call);
    if verdict != Verdict::Silent {
        return say(&verdict, floor);
    }
    let sessions = Session::active(cx).await?;
    let (mut verdict, mut odd) = (Verdict::Silent, Vec::new());
    if !sessions.is_empty() {
        let config = config::load(cx, project)?;
        let paths = ProtectedPaths::new(&config.guardrails.protected_paths);
        let paths = paths.map_err(|error| error.to_string())?;
        verdict = project.protect(cx, paths).judge(&call);
        odd = unconventional(&config.guardrails, &call, &arguments);
    }
    let mut broken = Vec::new();
    for session in &sessions {
        let judgement = judge(&session.objective.boundaries, &call);
        verdict = verdict.worst(judgement.verdict);
        let mut violations = judgement.violations;
        violations.extend_from_slice(&odd);
        broken.push(violations);
    }
    say(&verdict, floor)?;
    floor.pass();
    // What was decided counts, whether it can be reported or not.
    for (session, violations) in sessions.iter().zip(&broken) {
        if let Err(error) = report(session, input, violations).await {
            output::note(format!("popkit: a broken boundary is not recorded: {error}"));
        }
    }
    for session in sessions {
        session.close().await?;
    }
    Ok(())
}

fn say(verdict: &Verdict, floor: &Floor) -> Result<(), Failure> {
    let answer = match verdict {
        Verdict::Silent => return Ok(()),
        Verdict::Ask(objection) => answer::ask(&objection.reason),
        Verdict::Deny(objection) => answer::deny(&objection.reason),
        // A verdict to come is no permission.
        other => answer::deny(&format!("the guard says {other:?}")),
    };
    Ok(floor.say(&answer)?)
}

/// Tells the coordinator which boundaries were broken, or would have been.
async fn report(
    session: &Session,
    input: &Input,
    violations: &[Violation],
) -> Result<(), CliError> {
    if violations.is_empty() {
        return Ok(());
    }
    let transport = session.messages.open_or_make().await?;
    let from = Party::Agent(input.agent().map_err(CliError::data)?);
    let post = Post::new(Arc::clone(&transport), session.names().clone(), Stamps::new(&RandomIds));
    for violation in violations.iter().take(REPORTED) {
        // A person is asked where the agent is; to ask once more would ask twice.
        let body = Object::default()
            .with("description", &violation.description)?
            .with("reason", &violation.reason)?
            .with("action", violation.action.name())?
            .with("tool_use_id", &input.tool_use_id)?
            .with("requires_human", &false)?;
        let message = Message::BoundaryAlert(BoundaryAlert::new(body));
        let now = SystemClock.now();
        let alert = Envelope::new(&RandomIds, now, from.clone(), Party::Coordinator, message);
        post.send(&alert).await?;
    }
    Ok(transport.close().await?)
}
