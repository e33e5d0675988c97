//! `popkit task import`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use popkit_protocol::compat::autonomous::{Import, TaskJson};
use popkit_protocol::{TaskId, TaskState, limits};
use popkit_store::TaskStoreExt as _;

use super::super::view::json::AddedView;
use super::super::{Desk, add};
use super::select::{self, Selection};
use crate::error::CliError;
use crate::exit::Exit;
use crate::{input, output};

/// The arguments of `popkit task import`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ImportArgs {
    /// A task JSON 2.0 file, or a folder of them
    from: PathBuf,
    /// Also tasks that ended, wait for a verdict or are in somebody's hands: they all run
    /// again, so be sure that nobody works on them
    #[arg(long)]
    all: bool,
    /// Check, say what would be done, and do nothing
    #[arg(long)]
    pub(in crate::command::task) dry_run: bool,
}

/// Imports tasks: all that were selected, or none.
pub(in crate::command::task) async fn run(args: ImportArgs, desk: &Desk) -> Result<Exit, CliError> {
    let imports = read(&args.from)?;
    let lost = imports.iter().filter(|import| loses(import)).count();
    let known = known(desk, &imports).await?;
    let Selection { batch, skipped } = select::select(imports, args.all, &known)?;
    if batch.len() > limits::BATCH {
        let (found, limit) = (batch.len(), limits::BATCH);
        return Err(CliError::data(format!("{found} tasks are too many; at most {limit} at once")));
    }
    if args.dry_run {
        for task in &batch {
            if desk.cx.json {
                output::json(&AddedView::new(&task.id, false))?;
            } else {
                output::line(&task.id)?;
            }
        }
    } else if !batch.is_empty() {
        for answer in desk.tasks.insert_many(batch).await? {
            add::say(desk, &answer)?;
        }
    }
    report(desk, &skipped, lost)?;
    Ok(Exit::Done)
}

/// Whether a task has something that a fresh task cannot have.
fn loses(import: &Import) -> bool {
    import.result.is_some()
        || import.checkpoint.is_some()
        || !import.errors.is_empty()
        || !import.artifacts.is_empty()
}

fn report(desk: &Desk, skipped: &[(TaskId, TaskState)], lost: usize) -> Result<(), CliError> {
    for (id, state) in skipped {
        if desk.cx.json {
            output::json(&AddedView::skipped(id, *state))?;
        } else {
            output::note(format!("task {id} is {state}: skipped (--all would run it again)"));
        }
    }
    if lost > 0 {
        output::note(format!(
            "{lost} of the tasks read have results, checkpoints, artifacts or errors; \
             these stay in the files"
        ));
    }
    Ok(())
}

/// Parents that the store has.
async fn known(desk: &Desk, imports: &[Import]) -> Result<BTreeSet<TaskId>, CliError> {
    let needs = imports.iter().flat_map(|import| &import.spec.needs);
    let parents: BTreeSet<TaskId> = needs.map(|need| need.task.clone()).collect();
    let parents: Vec<TaskId> = parents.into_iter().collect();
    let found = desk.tasks.get_many(&parents).await?;
    Ok(found.into_iter().flatten().map(|task| task.id().clone()).collect())
}

fn read(from: &Path) -> Result<Vec<Import>, CliError> {
    if !from.is_dir() {
        return Ok(vec![one(from)?]);
    }
    let what = format!("cannot read {}", from.display());
    let refuse = |e: std::io::Error| CliError::io(Exit::Data, &what, &e);
    let mut files = Vec::new();
    for entry in fs::read_dir(from).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|e| e == "json") && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let place = from.display();
        return Err(CliError::data(format!("there is no .json file in {place}")));
    }
    files.sort();
    files.iter().map(|file| one(file)).collect()
}

fn one(file: &Path) -> Result<Import, CliError> {
    let text = input::text(&file.to_string_lossy())?;
    let parsed = TaskJson::parse(&text).and_then(TaskJson::into_import);
    parsed.map_err(|e| CliError::from(e).at(file.display()))
}
