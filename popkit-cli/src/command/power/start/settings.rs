//! `config.json`, and what the arguments say over it.

use std::path::{Path, PathBuf};

use popkit_coordinator::config::Config;
use popkit_coordinator::machine::Settings;

use super::StartArgs;
use super::choose::Chosen;
use crate::context::Context;
use crate::error::CliError;
use crate::output;
use crate::session::project;

/// Where it is looked for, in the project.
const FILE: &str = ".claude/popkit/config.json";

/// The configuration of this file; without one that of the project, else the defaults. What is
/// odd about it is told.
///
/// # Errors
///
/// "Bad data" where it cannot be used; each mistake is told before.
pub(super) fn load(cx: &Context, given: Option<&Path>) -> Result<Config, CliError> {
    let Some(file) = given.map(|file| cx.cwd.join(file)).or_else(|| found(cx)) else {
        return Ok(Config::without_file());
    };
    match Config::load(&file) {
        Ok((config, warnings)) => {
            for warning in warnings {
                output::note(format!("note: {warning}"));
            }
            Ok(config)
        }
        Err(error) => {
            let mistakes = error.mistakes();
            for mistake in mistakes {
                output::note(mistake);
            }
            let (place, count) = (file.display(), mistakes.len());
            let word = if count == 1 { "mistake" } else { "mistakes" };
            Err(CliError::data(format!(
                "{place} has {count} {word}; mend it, or name another one with --config FILE"
            )))
        }
    }
}

fn found(cx: &Context) -> Option<PathBuf> {
    let places = [project(cx).join(FILE), cx.state_dir(&cx.cwd).path().join("config.json")];
    places.into_iter().find(|file| file.is_file())
}

/// The settings of the session.
pub(super) fn settings(args: &StartArgs, config: &Config, chosen: &Chosen) -> Settings {
    let mut settings = config.settings(chosen.mode, args.tier);
    if args.agents.is_some() || !args.command.is_empty() {
        settings.agents.wanted = chosen.agents;
        settings.agents.most = settings.agents.most.max(chosen.agents);
    }
    if let Some(period) = args.period {
        settings.agents.period = period;
    }
    if let Some(timeout) = args.timeout {
        settings.limits.runtime = timeout;
    }
    settings
}
