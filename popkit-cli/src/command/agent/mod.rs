//! `popkit agent`: agents in a power session.
//!
//! | Room | Holds |
//! |---|---|
//! | `run` | an agent that is a command, from joining to the end of the session |
//! | `output` | the lines that its command prints |
//! | `member` | what is known of an agent, from the documents of the session |
//! | `list`, `show` | looking at all of them, and at one |
//! | `ask` | a question of an agent's command to a person |
//! | `answer` | waiting for what the person decides |
//! | `error` | errors of agents, with their exit codes |

mod answer;
mod ask;
mod error;
mod list;
mod member;
mod output;
mod run;
mod show;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;

/// The arguments of `popkit agent`.
#[derive(Debug, Args)]
pub(crate) struct AgentArgs {
    #[command(subcommand)]
    command: AgentCommand,
}

#[derive(Debug, Subcommand)]
enum AgentCommand {
    /// Take part in a session by a command, started for each phase and each task
    Run(run::RunArgs),
    /// List the agents of the session
    List,
    /// Show all that is known of an agent
    Show(show::ShowArgs),
    /// Ask a person, as an agent, and wait for yes (exit code 0) or no (77)
    Ask(ask::AskArgs),
}

/// Runs `popkit agent`.
pub(crate) async fn run(args: AgentArgs, cx: Context) -> Result<Exit, CliError> {
    match args.command {
        AgentCommand::Run(args) => Box::pin(run::run(args, &cx)).await,
        AgentCommand::List => list::run(&cx).await,
        AgentCommand::Show(args) => show::run(args, &cx).await,
        AgentCommand::Ask(args) => ask::run(args, &cx).await,
    }
}
