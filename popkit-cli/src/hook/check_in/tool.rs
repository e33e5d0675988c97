//! After a tool call.

use std::time::Duration;

use popkit_coordinator::check_in::{
    HookMemory, HookState, Note, Observed, Standpoint, extract, pull,
};
use popkit_coordinator::config::Config;
use popkit_protocol::{Clock as _, IdSource as _, RandomIds, SystemClock};

use super::desk::Desk;
use super::mail::Mail;
use crate::context::Context;
use crate::error::CliError;
use crate::hook::event::Event;
use crate::hook::floor::Floor;
use crate::hook::input::Input;
use crate::hook::run::{Failure, Project};
use crate::hook::{answer, config};

/// An agent checks in before its time where the last time was so long ago.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts the call; checks in, where it is time for that; tells what there is to tell.
pub(in crate::hook) async fn tool_used(
    cx: &Context,
    project: &Project,
    input: &Input,
    floor: &Floor,
) -> Result<(), Failure> {
    let (tool, arguments) = input.call()?;
    let Some(desk) = Desk::open(cx, input).await? else { return Ok(()) };
    let config = config::load(cx, project)?;
    let every = u64::from(config.intervals.checkin_every_n_tools);
    let call = Observed::new(tool, arguments)
        .with_id(input.tool_use_id.clone())
        .with_response(input.tool_response.clone().unwrap_or_default())
        .with_root(project.root(cx));
    let now = SystemClock.now();
    let mut is_due = false;
    let counted = |state: &mut HookState| {
        let is_new = state.note(&call);
        is_due = state.is_due(every, now, PATIENCE);
        if is_due {
            state.last_checkin = Some(now);
        }
        is_new
    };
    // A hook that is set up twice runs twice: whoever counted the call does the rest.
    let Some(state) = desk.update(counted).await? else { return Ok(desk.close().await?) };
    let before = desk.memory().await?;
    let mut memory = before.clone();
    let mut note = Note::default();
    if is_due {
        note = check_in(&desk, &state, &call, &config, &mut memory).await?;
    }
    let mut mail = Mail::fetch(&desk).await?;
    if let Some(mail) = &mut mail {
        mail.tell(&mut note, &mut memory);
    }
    if let Some(text) = note.finish() {
        floor.say(&answer::context(Event::PostToolUse, &text))?;
    }
    // Now it is told. Whoever dies before this tells it twice, and loses nothing.
    if let Some(mail) = mail {
        mail.ack().await?;
    }
    if memory != before {
        desk.remember(&memory).await?;
        let counts = |state: &mut HookState| {
            (state.insights_received, state.insights_shared) = (memory.received, memory.shared);
            true
        };
        desk.update(counts).await?;
    }
    Ok(desk.close().await?)
}

/// A heartbeat, at most one insight of its own, and some of others.
async fn check_in(
    desk: &Desk,
    state: &HookState,
    call: &Observed,
    config: &Config,
    memory: &mut HookMemory,
) -> Result<Note, CliError> {
    desk.register(state).await?;
    let known = desk.insights().await?;
    if let Some(found) = extract(call) {
        memory.shared += u64::from(desk.share(found, &known).await?);
    }
    let mut note = Note::check_in(&desk.agent, state.tool_call_count);
    let stands = Standpoint(&desk.session.objective);
    note.fact(&stands.objective());
    note.fact(&stands.phase());
    let seen = memory.clone();
    let is_seen = |insight: &_| seen.has_seen(insight);
    let most = usize::try_from(config.limits.max_insights_per_pull).unwrap_or(usize::MAX);
    let pulled = pull(&known, &desk.agent, &state.tags(), is_seen, most);
    let text = format!("Insights of other agents that are new to you: {}", pulled.len());
    let mut heading = Some(text.as_str());
    for insight in pulled {
        if note.insight(heading.take(), insight, RandomIds.draw()) {
            memory.see(insight);
        }
    }
    Ok(note)
}
