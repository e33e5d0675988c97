//! `popkit redis`: a Redis server of one's own, on this machine, set up so that nothing that
//! was acknowledged is lost.
//!
//! | Room | Holds |
//! |---|---|
//! | `home` | the folder with the server's files, and what is known of it |
//! | `choose` | docker, or a program of this machine |
//! | `local` | a `redis-server` of this machine |
//! | `docker` | the compose file |
//! | `start`, `stop`, `status`, `debug` | the commands |
//! | `run` | other programs, with a limit of time |

mod choose;
mod debug;
mod docker;
mod home;
mod local;
mod run;
mod start;
mod status;
mod stop;

pub(crate) use choose::{compose, program};
pub(crate) use home::Home;

use clap::{Args, Subcommand};

use crate::backend::exercise;
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit redis`.
#[derive(Debug, Args)]
pub(crate) struct RedisArgs {
    #[command(subcommand)]
    command: RedisCommand,
}

/// What to do with the server.
#[derive(Debug, Subcommand)]
enum RedisCommand {
    /// Start the server, in docker where that is there, else redis-server; nothing where it
    /// runs already
    Start(StartArgs),
    /// Stop it; its data stays
    Stop,
    /// Stop it and start it again with its data
    Restart,
    /// Say whether it is ready (0) or not (1)
    Status,
    /// Show its log, its figures and its clients
    Debug(DebugArgs),
    /// Use it: keys, scripts, streams, channels; a line per check
    Test,
}

/// How the server is started.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StartArgs {
    /// The port on this machine [default: that of the last start, else 16379]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Start redis-server, even where docker is there
    #[arg(long, conflicts_with = "docker")]
    local: bool,
    /// Start it in docker, or not at all
    #[arg(long)]
    docker: bool,
    /// With users coordinator, agent and observer of least rights, each with a password; no
    /// one else is let in. Not in docker
    #[arg(long, conflicts_with = "docker")]
    acl: bool,
}

/// What more is started.
#[derive(Debug, Clone, Default, Args)]
struct DebugArgs {
    /// Start Redis Commander, a page to look at the data (in docker only)
    #[arg(long)]
    commander: bool,
}

/// Runs `popkit redis`.
pub(crate) async fn run(args: RedisArgs, cx: Context) -> Result<Exit, CliError> {
    let home = Home::of(&cx);
    match args.command {
        RedisCommand::Start(args) => start::run(&cx, &home, &args).await,
        RedisCommand::Stop => stop::run(&cx, &home).await,
        RedisCommand::Restart => start::restart(&cx, &home).await,
        RedisCommand::Status => status::run(&cx, &home).await,
        RedisCommand::Debug(args) => debug::run(&cx, &home, args.commander).await,
        RedisCommand::Test => exercise::run(&cx, &home.known()?.config(&home)?).await,
    }
}
