//! `popkit power init`: the files of a project that has power sessions.
//!
//! | Room | Holds |
//! |---|---|
//! | `files` | the configuration and its schema |
//! | `settings` | popkit's hooks among those of Claude Code's settings |
//! | `set_up` | whether what stands there makes Claude Code run the hook in time |
//! | `verify` | whether what is set up works |

mod files;
mod set_up;
mod settings;
mod verify;

use std::path::Path;

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION};
use crate::session::{ensure_no_agent, project};

/// The arguments of `popkit power init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Put popkit's hooks into .claude/settings.json, too; what is there stays
    #[arg(long)]
    hooks: bool,
    /// Write the configuration anew where there is another one
    #[arg(long)]
    force: bool,
    /// Write nothing, only look: is the configuration right, does the hook deny what must be denied?
    #[arg(long, conflicts_with_all = ["force", "hooks"])]
    verify: bool,
}

/// What was done, version 1.
#[derive(Debug, Serialize)]
struct DoneView<'a> {
    v: u8,
    file: &'a str,
    did: &'a str,
}

/// Sets a project up, or looks whether it is.
///
/// # Errors
///
/// Refused where an agent would set it up: what is written here says what agents may do.
pub(super) async fn run(args: InitArgs, cx: &Context) -> Result<Exit, CliError> {
    let root = project(cx);
    if args.verify {
        files::verify(cx, &root)?;
        verify::run(cx, &root).await?;
        return Ok(Exit::Done);
    }
    ensure_no_agent("to set a project up")?;
    files::write(cx, &root, args.force)?;
    if args.hooks {
        settings::install(cx, &root)?;
    }
    Ok(Exit::Done)
}

/// Says what was done with a file.
fn say(cx: &Context, file: &Path, did: &str) -> Result<(), CliError> {
    let shown = file.display().to_string();
    if cx.json {
        return output::json(&DoneView { v: VERSION, file: &shown, did });
    }
    output::line(format!("{shown}: {did}"))
}
