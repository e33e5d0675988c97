//! What `config.json` says to hooks.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use popkit_coordinator::config::Config;

use super::run::Project;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// Where it is, in the project.
const FILE: &str = ".claude/popkit/config.json";

/// The configuration of the project, where `popkit power start` finds it, too; without one the
/// defaults. What is odd about it is told there, and not at every tool call.
///
/// # Errors
///
/// "Bad data" where it cannot be used.
pub(super) fn load(cx: &Context, project: &Project) -> Result<Config, CliError> {
    let Some(file) = found(cx, project)? else { return Ok(Config::without_file()) };
    Config::load(&file).map(|(config, _)| config).map_err(|error| {
        let first = error.mistakes().first().map(ToString::to_string);
        CliError::data(first.unwrap_or_else(|| format!("{} cannot be used", file.display())))
    })
}

fn found(cx: &Context, project: &Project) -> Result<Option<PathBuf>, CliError> {
    let places = [project.root(cx).join(FILE), cx.state_dir(&cx.cwd).path().join("config.json")];
    for file in places {
        if is_there(&file)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Whether there is anything at this path. A link that leads nowhere is there, and cannot be
/// read; to take it for nothing would be to guard by the defaults.
fn is_there(file: &Path) -> Result<bool, CliError> {
    for place in file.ancestors() {
        match place.symlink_metadata() {
            Ok(_) if place == file => return Ok(true),
            // A folder above is there: there is nothing in it, unless it is such a link.
            Ok(found) if !found.is_symlink() => return Ok(false),
            Ok(_) => match place.metadata() {
                Ok(_) => return Ok(false),
                Err(error) => return Err(unseen(place, &error)),
            },
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(unseen(place, &error)),
        }
    }
    Ok(false)
}

fn unseen(place: &Path, error: &std::io::Error) -> CliError {
    CliError::io(Exit::Data, format!("cannot look at {}", place.display()), error)
}
