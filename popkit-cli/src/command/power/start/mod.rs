//! `popkit power start`: a session begun, or gone on with, and its coordinator.
//!
//! | Room | Holds |
//! |---|---|
//! | `args` | the arguments |
//! | `settings` | `config.json`, and what the arguments say over it |
//! | `issue` | an objective from a tracker's issue |
//! | `brief` | what the session is for |
//! | `choose` | the mode, with reasons |
//! | `agents` | with what agents are started |
//! | `begin` | the session begun, or found |
//! | `lead` | from there to its end |
//! | `team` | agents as child processes |
//! | `tell` | what people and programs see meanwhile |
//! | `mirror` | the files of a native session |
//! | `summary` | what came out |

mod agents;
mod args;
mod begin;
mod brief;
mod choose;
mod issue;
mod lead;
mod mirror;
mod settings;
mod summary;
mod team;
mod tell;

pub(super) use args::StartArgs;

use popkit_coordinator::runtime::RuntimeError;

use crate::context::Context;
use crate::error::{CliError, with_cause};
use crate::exit::Exit;
use crate::output;
use crate::signals::Signals;

/// Begins a session, or goes on with one, and coordinates it until its end.
pub(super) async fn run(args: StartArgs, cx: Context) -> Result<Exit, CliError> {
    let mut signals = Signals::new()?;
    let config = settings::load(&cx, args.config.as_deref())?;
    let brief = brief::of(&args, &config)?;
    let chosen = tokio::select! {
        chosen = choose::choose(&cx, &args, &config) => chosen?,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let site = chosen.place.open_or_make().await?;
    let led = async {
        let begun = begin::begin(&args, &cx, &config, brief, (&chosen, &site)).await?;
        if chosen.is_own_choice
            && let Err(error) = chosen.place.remember()
        {
            output::note(format!("note: other commands need --url to find the session: {error}"));
        }
        Box::pin(lead::lead(&cx, &config, (&chosen, &site), begun, &mut signals)).await
    };
    let led = Box::pin(led).await;
    let closed = site.close().await;
    let exit = led?;
    // Who was interrupted waits for nothing more.
    if exit != Exit::Interrupted {
        closed?;
    }
    Ok(exit)
}

/// The same as an error of the program.
pub(super) fn runtime_error(error: RuntimeError) -> CliError {
    match error {
        RuntimeError::Documents { key, source } => CliError::from(source).at(key),
        RuntimeError::Tasks(source) => CliError::from(source).at("the log of the tasks"),
        RuntimeError::Transport(source) => CliError::from(source),
        RuntimeError::Key(source) => CliError::from(source),
        RuntimeError::Record { file, source } => {
            let what = format!("cannot write the record {}", file.display());
            CliError::io(Exit::Failed, what, &source)
        }
        RuntimeError::Running { .. } => CliError::new(Exit::TryAgain, error.to_string()),
        RuntimeError::Nothing => CliError::failed(error.to_string()),
        RuntimeError::Start(_) | RuntimeError::Snapshot(_) | RuntimeError::Damaged { .. } => {
            CliError::data(error.to_string())
        }
        error => CliError::failed(with_cause(&error)),
    }
}
