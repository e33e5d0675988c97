//! `popkit task add`.

mod lines;
mod spec;

use std::time::Duration;

use clap::Args;
use popkit_protocol::{
    AgentId, Capability, Need, NewTask, TaskId, TaskKind, Timestamp, UniqueKey, duration, limits,
};
use popkit_store::{Inserted, TaskStoreExt as _};

use super::Desk;
use super::view::json::AddedView;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// What says what one task is like, and so does not go with `--from`.
const OWN: [&str; 17] = [
    "id",
    "kind",
    "title",
    "description",
    "payload",
    "needs",
    "requires",
    "only",
    "priority",
    "retries",
    "timeout",
    "delay",
    "not_before",
    "unique",
    "review",
    "backlog",
    "tags",
];

/// The arguments of `popkit task add`.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Its name; one is drawn where none is given
    id: Option<TaskId>,
    /// What sort of work it is
    #[arg(long, default_value = spec::KIND)]
    kind: TaskKind,
    /// One line for people
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    /// More for people
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// The input of the work: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    payload: Option<String>,
    /// Tasks that come first, each with what to do when it fails: block (default), cancel,
    /// run or ignore
    #[arg(long, value_name = "ID[:POLICY]", value_delimiter = ',', value_parser = spec::need)]
    needs: Vec<Need>,
    /// What an agent must be able to do, all of it
    #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',')]
    requires: Vec<Capability>,
    /// The only agent that may claim it
    #[arg(long, value_name = "NAME")]
    only: Option<AgentId>,
    /// 1 (last) to 10 (first)
    #[arg(long, value_name = "N", default_value_t = 5)]
    priority: i64,
    /// How often it is tried again after a failure [default: 2]
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// How long one attempt may run
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// Not before this time is over, for instance 90s or 1h30m
    #[arg(long, value_name = "TIME", value_parser = duration::parse, conflicts_with = "not_before")]
    delay: Option<Duration>,
    /// Not before this point in time, for instance 2026-11-21T09:30:00Z
    #[arg(long, value_name = "WHEN")]
    not_before: Option<Timestamp>,
    /// While a task with this key is open, no other with it is added
    #[arg(long, value_name = "KEY")]
    unique: Option<UniqueKey>,
    /// Finished work waits for `approve` or `reject`
    #[arg(long)]
    review: bool,
    /// Keep it aside until `enqueue`
    #[arg(long)]
    backlog: bool,
    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
    /// Add the tasks of a file, one JSON object per line; - for standard input
    // Not `exclusive`, which would refuse the global options, too.
    #[arg(long, value_name = "FILE", conflicts_with_all = OWN)]
    from: Option<String>,
}

/// Adds tasks: all or none.
pub(super) async fn run(args: AddArgs, desk: &Desk) -> Result<Exit, CliError> {
    let batch = match &args.from {
        Some(file) => lines::read(file)?,
        None => vec![spec::build(args)?],
    };
    if batch.len() > limits::BATCH {
        let (found, limit) = (batch.len(), limits::BATCH);
        return Err(CliError::data(format!("{found} tasks are too many; at most {limit} at once")));
    }
    for answer in insert(desk, batch).await? {
        say(desk, &answer)?;
    }
    Ok(Exit::Done)
}

async fn insert(desk: &Desk, batch: Vec<NewTask>) -> Result<Vec<Inserted>, CliError> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    Ok(desk.tasks.insert_many(batch).await?)
}

/// The id on standard output; that nothing was added, on standard error.
pub(super) fn say(desk: &Desk, answer: &Inserted) -> Result<(), CliError> {
    let id = answer.id();
    if desk.cx.json {
        return output::json(&AddedView::new(id, answer.is_created()));
    }
    if !answer.is_created() {
        output::note(format!("task {id} is there already; nothing was added"));
    }
    output::line(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_with_no_option_of_one_task() {
        let command = AddArgs::augment_args(clap::Command::new("add"));
        let ids = command.get_arguments().map(|arg| arg.get_id().as_str());
        assert_eq!(ids.filter(|id| *id != "from").collect::<Vec<_>>(), OWN);
    }
}
