//! At the beginning, and with a prompt.

use popkit_coordinator::check_in::{HookState, Note, Standpoint};
use popkit_protocol::{Clock as _, SystemClock};

use super::desk::Desk;
use super::mail::Mail;
use crate::context::Context;
use crate::hook::event::Event;
use crate::hook::floor::Floor;
use crate::hook::input::Input;
use crate::hook::run::{Failure, Project};
use crate::hook::{answer, config};

/// Registers the agent, and tells it where the session stands.
pub(in crate::hook) async fn begins(
    cx: &Context,
    project: &Project,
    input: &Input,
    floor: &Floor,
) -> Result<(), Failure> {
    let Some(desk) = Desk::open(cx, input).await? else { return Ok(()) };
    let config = config::load(cx, project)?;
    let now = SystemClock.now();
    let arrived = |state: &mut HookState| {
        state.last_checkin = Some(now);
        true
    };
    if let Some(state) = desk.update(arrived).await? {
        desk.register(&state).await?;
    }
    let mut note = Note::default();
    note.fact(&format!("This is agent {} of a power session.", desk.agent));
    let stands = Standpoint(&desk.session.objective);
    note.fact(&stands.objective());
    note.fact(&stands.phase());
    stands.terms().iter().for_each(|term| {
        note.fact(term);
    });
    note.fact(&format!("A person must allow: {}", config.human_actions().join(", ")));
    tell(desk, Event::SessionStart, note, floor).await
}

/// Tells what was sent to the agent while it did nothing.
pub(in crate::hook) async fn prompted(
    cx: &Context,
    input: &Input,
    floor: &Floor,
) -> Result<(), Failure> {
    let Some(desk) = Desk::open(cx, input).await? else { return Ok(()) };
    tell(desk, Event::UserPromptSubmit, Note::default(), floor).await
}

async fn tell(desk: Desk, event: Event, mut note: Note, floor: &Floor) -> Result<(), Failure> {
    let before = desk.memory().await?;
    let mut memory = before.clone();
    let mut mail = Mail::fetch(&desk).await?;
    if let Some(mail) = &mut mail {
        mail.tell(&mut note, &mut memory);
    }
    if let Some(text) = note.finish() {
        floor.say(&answer::context(event, &text))?;
    }
    if let Some(mail) = mail {
        mail.ack().await?;
    }
    if memory != before {
        desk.remember(&memory).await?;
    }
    Ok(desk.close().await?)
}
