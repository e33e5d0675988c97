//! What `config.json` says to hooks.

use std::path::PathBuf;

use popkit_coordinator::config::Config;

use super::run::Project;
use crate::context::Context;
use crate::error::CliError;

/// Where it is, in the project.
const FILE: &str = ".claude/popkit/config.json";

/// The configuration of the project, where `popkit power start` finds it, too; without one the
/// defaults. What is odd about it is told there, and not at every tool call.
///
/// # Errors
///
/// "Bad data" where it cannot be used.
pub(super) fn load(cx: &Context, project: &Project) -> Result<Config, CliError> {
    let Some(file) = found(cx, project) else { return Ok(Config::without_file()) };
    Config::load(&file).map(|(config, _)| config).map_err(|error| {
        let first = error.mistakes().first().map(ToString::to_string);
        CliError::data(first.unwrap_or_else(|| format!("{} cannot be used", file.display())))
    })
}

fn found(cx: &Context, project: &Project) -> Option<PathBuf> {
    let places = [project.root(cx).join(FILE), cx.state_dir(&cx.cwd).path().join("config.json")];
    places.into_iter().find(|file| file.exists())
}
