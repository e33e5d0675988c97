//! With what this program starts agents: a command that is given, else that of the start.

use popkit_coordinator::config::Config;

use super::StartArgs;
use super::choose::Chosen;
use super::settings::settings;
use crate::context::Context;
use crate::error::CliError;
use crate::output::{self, short};
use crate::session::{Agents, Place};

/// Those that are kept for `--resume` without a command, of whichever session they are.
///
/// # Errors
///
/// What is kept is damaged.
pub(super) fn of_resume(args: &StartArgs, place: &Place) -> Result<Option<Agents>, CliError> {
    if !(args.resume && args.command.is_empty()) {
        return Ok(None);
    }
    Ok(Agents::kept(place.room())?.map(|(_, agents)| agents))
}

/// Those that are asked for; `None` without a command.
pub(super) fn given(
    args: &StartArgs,
    cx: &Context,
    config: &Config,
    chosen: &Chosen,
) -> Option<Agents> {
    (!args.command.is_empty()).then(|| Agents {
        command: args.command.clone(),
        count: chosen.agents,
        dir: cx.cwd.clone(),
        period: settings(args, config, chosen).agents.period,
        restarts: config.limits.max_retries_on_failure,
        mode: chosen.mode,
    })
}

/// Those of a session that is gone on with: what is given counts, else what is kept of it, and
/// that is told.
///
/// # Errors
///
/// What is kept is damaged, or its folder is gone.
pub(super) fn of_session(
    args: &StartArgs,
    cx: &Context,
    config: &Config,
    chosen: &Chosen,
    session: &str,
) -> Result<Option<Agents>, CliError> {
    if let Some(agents) = given(args, cx, config, chosen) {
        return Ok(Some(agents));
    }
    let kept = Agents::kept(chosen.place.room())?.filter(|(id, _)| id == session);
    let Some((_, mut agents)) = kept else { return Ok(None) };
    if !agents.dir.is_dir() {
        let dir = agents.dir.display();
        return Err(CliError::data(format!(
            "the folder in which the agents of the session work is gone: {dir}; make it, or say \
             anew what they run: `popkit power start --resume --agents N -- COMMAND`"
        )));
    }
    agents.count = match args.agents {
        Some(_) => chosen.agents,
        None => agents.count.min(chosen.agents),
    };
    agents.period = args.period.unwrap_or(agents.period);
    if args.config.is_some() {
        agents.restarts = config.limits.max_retries_on_failure;
    }
    agents.mode = chosen.mode;
    let place = match agents.dir == cx.cwd {
        true => String::new(),
        false => format!(", in {}", short(&agents.dir.display().to_string(), 200)),
    };
    let command = short(&agents.command.join(" "), 120);
    output::note(format!(
        "agents: {}, with the command of the start{place}: {command}",
        agents.count
    ));
    Ok(Some(agents))
}

/// Keeps them for whoever goes on with this session.
pub(super) fn keep(agents: &Agents, place: &Place, session: &str) {
    if let Err(error) = agents.keep(place.room(), session) {
        output::note(format!(
            "note: `popkit power start --resume` will need the COMMAND of the agents: {error}"
        ));
    }
}
