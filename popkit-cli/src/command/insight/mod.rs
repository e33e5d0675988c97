//! `popkit insight`: what agents of a session have found.
//!
//! | Room | Holds |
//! |---|---|
//! | `add` | telling the session of one |
//! | `list` | those that count |

mod add;
mod list;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit insight`.
#[derive(Debug, Args)]
pub(crate) struct InsightArgs {
    #[command(subcommand)]
    command: InsightCommand,
}

#[derive(Debug, Subcommand)]
enum InsightCommand {
    /// Tell the session what an agent has found
    Add(add::AddArgs),
    /// List what was found, newest first
    List(list::ListArgs),
}

/// Runs `popkit insight`.
pub(crate) async fn run(args: InsightArgs, cx: Context) -> Result<Exit, CliError> {
    match args.command {
        InsightCommand::Add(args) => add::run(args, &cx).await,
        InsightCommand::List(args) => list::run(args, &cx).await,
    }
}
