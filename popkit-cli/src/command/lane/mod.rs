//! `popkit lane`: what may be claimed from which lane.
//!
//! | Room | Holds |
//! |---|---|
//! | `list` | the lanes, with their rules |
//! | `rule` | changing one of them |
//! | `view` | the forms in which a lane is shown |

mod list;
mod rule;
mod view;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit lane`.
#[derive(Debug, Args)]
pub(crate) struct LaneArgs {
    #[command(subcommand)]
    command: LaneCommand,
}

/// What to do with a lane.
#[derive(Debug, Subcommand)]
enum LaneCommand {
    /// Show the lanes: what is ready, held and open in them, and their rules
    List,
    /// Let nothing more be claimed from a lane; what is claimed goes on
    Pause(rule::Which),
    /// End the pause of a lane
    Resume(rule::Which),
    /// Limit how many tasks of a lane are at work at once
    Limit(rule::LimitArgs),
}

/// Does what the subcommand says.
pub(crate) async fn run(args: LaneArgs, cx: Context) -> Result<Exit, CliError> {
    let tasks = cx.open(&cx.selected()?).await?.tasks;
    let result = match args.command {
        LaneCommand::List => list::run(&cx, &*tasks).await,
        LaneCommand::Pause(which) => {
            rule::change(&cx, &*tasks, which, |rule| rule.paused(true)).await
        }
        LaneCommand::Resume(which) => {
            rule::change(&cx, &*tasks, which, |rule| rule.paused(false)).await
        }
        LaneCommand::Limit(args) => {
            let limit = args.limit();
            rule::change(&cx, &*tasks, args.which, |rule| rule.limit(limit)).await
        }
    };
    // What was accepted is kept either way; a store that cannot close must still be heard.
    let closed = tasks.close().await;
    let exit = result?;
    closed?;
    Ok(exit)
}
