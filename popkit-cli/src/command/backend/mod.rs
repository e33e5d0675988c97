//! `popkit backend`: what the tasks and messages are kept in, and whether it works.
//!
//! | Room | Holds |
//! |---|---|
//! | `status` | where it is, and what it promises |
//! | `ping` | one sign of life, with the time |
//! | `test` | using it, step by step |

pub(crate) mod ping;
pub(crate) mod status;
pub(crate) mod test;

use clap::{Args, Subcommand};

use crate::backend::Targets;
use crate::backend::upstash::LoadArgs;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit backend`.
#[derive(Debug, Args)]
pub(crate) struct BackendArgs {
    #[command(subcommand)]
    command: BackendCommand,
}

/// What to do with a backend.
#[derive(Debug, Subcommand)]
enum BackendCommand {
    /// Show what tasks and messages are kept in: version, role, durability, eviction, latency;
    /// of Upstash also what a month costs
    Status(LoadArgs),
    /// Ask for one sign of life, and tell the time
    Ping,
    /// Use it: keys, scripts, streams, channels; a line per check, with the mend where it fails
    #[command(long_about = "Use it: keys, scripts, streams, hand-off, pub/sub, the documented \
        channels, the promises of its settings; a line per check, with the mend where it fails. \
        What it writes to a Redis server lies under pop:test: and is gone after a minute; on the \
        channels it publishes a QUERY to an agent that does not exist. On Upstash a message and \
        a task of a session of their own go the whole way, and are removed. Tasks and messages \
        without a server are made where they are not there")]
    Test,
}

/// Runs `popkit backend`.
pub(crate) async fn run(args: BackendArgs, cx: Context) -> Result<Exit, CliError> {
    let targets = Targets::find(&cx)?;
    match args.command {
        BackendCommand::Status(load) => status::run(&cx, &targets, &load).await,
        BackendCommand::Ping => ping::run(&cx, &targets).await,
        BackendCommand::Test => test::run(&cx, &targets).await,
    }
}
