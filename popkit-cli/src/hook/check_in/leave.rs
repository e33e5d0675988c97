//! At the end.

use super::desk::Desk;
use crate::context::Context;
use crate::hook::event::Event;
use crate::hook::input::Input;
use crate::hook::run::Failure;

/// Says that the agent is gone, so that its place is free at once. Whoever goes on all the same
/// is back with its next check-in.
pub(in crate::hook) async fn leaves(
    cx: &Context,
    event: Event,
    input: &Input,
) -> Result<(), Failure> {
    // The end of an unnamed sub-agent must not be the end of the agent that started it.
    if event == Event::SubagentStop && input.agent_id.is_none() {
        return Ok(());
    }
    let Some(desk) = Desk::open(cx, input).await? else { return Ok(()) };
    desk.leave().await?;
    Ok(desk.close().await?)
}
