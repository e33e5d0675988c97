//! `popkit task export`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use popkit_protocol::compat::autonomous::TaskJson;
use popkit_protocol::{Task, TaskId, id};
use serde::Serialize;

use super::super::Desk;
use super::super::view::VERSION;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::whole;

/// The arguments of `popkit task export`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ExportArgs {
    /// The folder to write to; with --format jsonl a file, or - for standard output
    to: PathBuf,
    /// In which form
    #[arg(long, default_value = "json")]
    format: Form,
}

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Task JSON 2.0, a file per task; loses what that form cannot carry
    Json,
    /// Full records, one per line
    Jsonl,
}

/// A full record.
#[derive(Serialize)]
struct Record<'a> {
    v: u8,
    task: &'a Task,
}

/// What was written, version 1.
#[derive(Serialize)]
struct ExportedView<'a> {
    v: u8,
    tasks: usize,
    written: usize,
    to: &'a Path,
}

/// Writes tasks to files.
pub(in crate::command::task) async fn run(args: ExportArgs, desk: &Desk) -> Result<Exit, CliError> {
    let tasks = super::all_tasks(desk).await?;
    match args.format {
        Form::Json => folder(desk, &args.to, &tasks),
        Form::Jsonl if args.to.as_os_str() == "-" => {
            tasks.iter().try_for_each(|task| output::json(&Record { v: VERSION, task }))?;
            Ok(Exit::Done)
        }
        Form::Jsonl => {
            let mut text = String::new();
            for task in &tasks {
                text.push_str(&encode(serde_json::to_string(&Record { v: VERSION, task }))?);
                text.push('\n');
            }
            let written = usize::from(whole::write(&args.to, text.as_bytes())?);
            say(desk, &args.to, tasks.len(), written)
        }
    }
}

/// One file per task. A file whose task did not change is not touched, so that a commit of
/// the folder shows what did.
fn folder(desk: &Desk, dir: &Path, tasks: &[Task]) -> Result<Exit, CliError> {
    fs::create_dir_all(dir)
        .map_err(|e| CliError::io(Exit::Failed, format!("cannot make {}", dir.display()), &e))?;
    let mut blocks: BTreeMap<&TaskId, Vec<TaskId>> = BTreeMap::new();
    for task in tasks {
        for need in &task.spec.needs {
            blocks.entry(&need.task).or_default().push(task.id().clone());
        }
    }
    blocks.values_mut().for_each(|dependants| dependants.sort_unstable());
    let mut written = 0;
    for task in tasks {
        let dependants = blocks.get(task.id()).map(Vec::as_slice).unwrap_or_default();
        let form = TaskJson::from_task(task, dependants);
        let mut text = encode(serde_json::to_string_pretty(&form))?;
        text.push('\n');
        let file = dir.join(format!("{}.json", id::file_name(task.id().as_str())));
        written += usize::from(whole::write(&file, text.as_bytes())?);
    }
    say(desk, dir, tasks.len(), written)
}

fn encode(text: serde_json::Result<String>) -> Result<String, CliError> {
    text.map_err(|e| CliError::failed(format!("cannot write a task as JSON: {e}")))
}

fn say(desk: &Desk, to: &Path, tasks: usize, written: usize) -> Result<Exit, CliError> {
    if desk.cx.json {
        output::json(&ExportedView { v: VERSION, tasks, written, to })?;
    } else {
        let files = if written == 1 { "file" } else { "files" };
        output::line(format!("{tasks} tasks, {written} {files} written to {}", to.display()))?;
    }
    Ok(Exit::Done)
}
