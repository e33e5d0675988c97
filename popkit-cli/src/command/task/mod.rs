//! `popkit task`: the task list by hand, for people, scripts and agents.
//!
//! | Room | Holds |
//! |---|---|
//! | `add` | new tasks |
//! | `hold` | claiming a task, and everything under its lease |
//! | `decide` | what an operator does without a lease |
//! | `look` | reading |
//! | `files` | import, export, prune |
//! | `view` | the forms in which tasks and events are shown |

mod add;
mod decide;
mod files;
mod hold;
mod look;
mod view;

use std::sync::Arc;

use clap::{Args, Subcommand};
use popkit_protocol::TaskId;
use popkit_store::TaskStore;

use crate::context::{self, Context};
use crate::error::CliError;
use crate::exit::Exit;
use crate::state::Namespace;

/// The arguments of `popkit task`.
#[derive(Debug, Args)]
pub(crate) struct TaskArgs {
    #[command(subcommand)]
    command: TaskCommand,
}

/// One variant per subcommand.
#[derive(Debug, Subcommand)]
enum TaskCommand {
    /// Add a task, or many from a file
    Add(Box<add::AddArgs>),
    /// List tasks in the order they were added
    List(look::list::ListArgs),
    /// Show everything about a task
    Show(look::show::ShowArgs),
    /// Claim the next task, or wait for one
    Claim(hold::claim::ClaimArgs),
    /// Say that work on a claimed task begins
    Start(hold::start::StartArgs),
    /// Report progress, and renew the lease
    Progress(hold::progress::ProgressArgs),
    /// Finish a claimed task
    Complete(hold::complete::CompleteArgs),
    /// Say that a claimed task failed
    Fail(hold::fail::FailArgs),
    /// Give a claimed task back
    Release(hold::release::ReleaseArgs),
    /// Cancel tasks, whoever holds them
    Cancel(decide::cancel::CancelArgs),
    /// Put failed tasks back, with fresh attempts
    Requeue(decide::requeue::RequeueArgs),
    /// Set pending tasks aside
    Pause(decide::pause::PauseArgs),
    /// Let paused tasks go on
    Resume(decide::resume::ResumeArgs),
    /// Take tasks out of the backlog
    Enqueue(decide::enqueue::EnqueueArgs),
    /// Accept work in review
    Approve(decide::approve::ApproveArgs),
    /// Send work in review back
    Reject(decide::reject::RejectArgs),
    /// Change the priority of a task
    #[command(alias = "prioritize")]
    Prioritise(decide::prioritise::PrioritiseArgs),
    /// Show what happened, to one task or to all
    History(look::history::HistoryArgs),
    /// Count tasks by where they stand
    Counts(look::counts::CountsArgs),
    /// Remove tasks that ended long ago
    Prune(files::prune::PruneArgs),
    /// Read tasks from task JSON 2.0 files
    Import(files::import::ImportArgs),
    /// Write tasks to files
    Export(files::export::ExportArgs),
}

/// What a subcommand works with.
struct Desk {
    /// The options.
    cx: Context,
    /// The room of the plan.
    namespace: Namespace,
    /// Its tasks.
    tasks: Arc<dyn TaskStore>,
}

impl Desk {
    /// Opens the selected store, which must be there.
    async fn open(cx: Context) -> Result<Self, CliError> {
        let namespace = cx.selected()?;
        let tasks = cx.open(&namespace).await?.tasks;
        Ok(Self { cx, namespace, tasks })
    }

    /// Opens the selected store, and makes it where it is missing.
    async fn open_or_make(cx: Context) -> Result<Self, CliError> {
        let namespace = cx.selected()?;
        let tasks = cx.open_or_make(&namespace).await?.tasks;
        Ok(Self { cx, namespace, tasks })
    }
}

/// Does what the subcommand says.
pub(crate) async fn run(args: TaskArgs, cx: Context) -> Result<Exit, CliError> {
    let desk = match &args.command {
        TaskCommand::Add(_) => Desk::open_or_make(cx).await?,
        TaskCommand::Import(args) if !args.dry_run => Desk::open_or_make(cx).await?,
        _ => Desk::open(cx).await?,
    };
    let result = dispatch(args.command, &desk).await;
    // What was accepted is kept either way; a store that cannot close must still be heard.
    let closed = desk.tasks.close().await;
    let exit = result?;
    closed?;
    Ok(exit)
}

async fn dispatch(command: TaskCommand, desk: &Desk) -> Result<Exit, CliError> {
    match command {
        TaskCommand::Add(args) => add::run(*args, desk).await,
        TaskCommand::List(args) => look::list::run(args, desk).await,
        TaskCommand::Show(args) => look::show::run(args, desk).await,
        TaskCommand::Claim(args) => hold::claim::run(args, desk).await,
        TaskCommand::Start(args) => hold::start::run(args, desk).await,
        TaskCommand::Progress(args) => hold::progress::run(args, desk).await,
        TaskCommand::Complete(args) => hold::complete::run(args, desk).await,
        TaskCommand::Fail(args) => hold::fail::run(args, desk).await,
        TaskCommand::Release(args) => hold::release::run(args, desk).await,
        TaskCommand::Cancel(args) => decide::cancel::run(args, desk).await,
        TaskCommand::Requeue(args) => decide::requeue::run(args, desk).await,
        TaskCommand::Pause(args) => decide::pause::run(args, desk).await,
        TaskCommand::Resume(args) => decide::resume::run(args, desk).await,
        TaskCommand::Enqueue(args) => decide::enqueue::run(args, desk).await,
        TaskCommand::Approve(args) => decide::approve::run(args, desk).await,
        TaskCommand::Reject(args) => decide::reject::run(args, desk).await,
        TaskCommand::Prioritise(args) => decide::prioritise::run(args, desk).await,
        TaskCommand::History(args) => look::history::run(args, desk).await,
        TaskCommand::Counts(args) => look::counts::run(args, desk).await,
        TaskCommand::Prune(args) => files::prune::run(args, desk).await,
        TaskCommand::Import(args) => files::import::run(args, desk).await,
        TaskCommand::Export(args) => files::export::run(args, desk).await,
    }
}

/// The task that was named, else the one that `popkit run` started this command for.
fn named_or_own(id: Option<TaskId>) -> Result<Option<TaskId>, CliError> {
    match (id, context::var("POPKIT_TASK_ID")) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(text)) => {
            let id = TaskId::new(text).map_err(|e| CliError::from(e).at("POPKIT_TASK_ID"))?;
            Ok(Some(id))
        }
        (None, None) => Ok(None),
    }
}

/// An error about a task that is not there.
fn unknown(id: &TaskId) -> CliError {
    CliError::data(format!("there is no task {id}; `popkit task list --all` shows them"))
}
