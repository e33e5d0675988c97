//! `popkit power`: power sessions. See `docs/power-mode.md`.
//!
//! | Room | Holds |
//! |---|---|
//! | `init` | the files of a project that has power sessions |
//! | `start` | a session begun, or gone on with, and its coordinator |
//! | `status`, `metrics` | how it stands, in words and in numbers |
//! | `stop` | its end, by hand |
//! | `replay` | a session once more, from its record |

mod init;
mod metrics;
mod replay;
mod start;
mod status;
mod stop;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit power`.
#[derive(Debug, Args)]
pub(crate) struct PowerArgs {
    #[command(subcommand)]
    command: PowerCommand,
}

#[derive(Debug, Subcommand)]
enum PowerCommand {
    /// Write the configuration of a project, and put the hooks in
    Init(init::InitArgs),
    /// Begin a session, or go on with one, and coordinate it until its end
    Start(Box<start::StartArgs>),
    /// Show how the session stands
    Status,
    /// End the session
    Stop(stop::StopArgs),
    /// Show the numbers of the session that runs, or of the last one
    Metrics,
    /// Make a session once more from the record of what came in
    Replay(replay::ReplayArgs),
}

/// Does what was asked.
pub(crate) async fn run(args: PowerArgs, cx: Context) -> Result<Exit, CliError> {
    match args.command {
        PowerCommand::Init(args) => init::run(args, &cx).await,
        PowerCommand::Start(args) => Box::pin(start::run(*args, cx)).await,
        PowerCommand::Status => status::run(&cx).await,
        PowerCommand::Stop(args) => Box::pin(stop::run(&args, &cx)).await,
        PowerCommand::Metrics => metrics::run(&cx).await,
        PowerCommand::Replay(args) => replay::run(&args, &cx),
    }
}
