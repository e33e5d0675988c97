//! `popkit task list`.

use std::collections::BTreeSet;

use clap::Args;
use popkit_protocol::{AgentId, TaskKind, TaskState};
use popkit_store::{PageRequest, TaskQuery};

use super::super::Desk;
use super::super::view::{json::TaskView, text};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// The arguments of `popkit task list`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct ListArgs {
    /// Only tasks in these states: backlog, pending, assigned, active, paused, review, done,
    /// failed, cancelled; also open and ended
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = states)]
    state: Vec<BTreeSet<TaskState>>,
    /// Only tasks of this kind
    #[arg(long)]
    kind: Option<TaskKind>,
    /// Only tasks with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only tasks that this agent holds now
    #[arg(long)]
    agent: Option<AgentId>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all")]
    limit: usize,
    /// All of them
    #[arg(long)]
    all: bool,
}

/// A state, or a word for several.
pub(in crate::command::task) fn states(text: &str) -> Result<BTreeSet<TaskState>, String> {
    let which =
        |wanted: fn(&TaskState) -> bool| Ok(TaskState::ALL.into_iter().filter(wanted).collect());
    match text {
        "open" => which(|state| !state.is_terminal()),
        "ended" => which(|state| state.is_terminal()),
        one => one
            .parse()
            .map(|state| BTreeSet::from([state]))
            .map_err(|e: popkit_protocol::ParseError| e.to_string()),
    }
}

/// Lists tasks.
pub(in crate::command::task) async fn run(args: ListArgs, desk: &Desk) -> Result<Exit, CliError> {
    let limit = if args.all { usize::MAX } else { args.limit };
    let mut query = TaskQuery::all().in_states(args.state.into_iter().flatten());
    query.kind = args.kind;
    query.tag = args.tag;
    query.agent = args.agent;
    query.page = PageRequest::first(limit);
    let mut shown = 0;
    let mut rows = Vec::new();
    let mut more = limit > 0;
    while more && shown < limit {
        query.page.limit = (limit - shown).min(1000);
        let page = desk.tasks.query(query.clone()).await?;
        shown += page.items.len();
        if desk.cx.json {
            page.items.iter().try_for_each(|task| output::json(&TaskView::brief(task)))?;
        } else {
            rows.extend(page.items);
        }
        more = page.next.is_some();
        query.page.after = page.next.unwrap_or_default();
    }
    if !desk.cx.json && !rows.is_empty() {
        output::line(text::tasks(&rows))?;
    }
    if shown == 0 {
        output::note("no such tasks");
    }
    if more && !desk.cx.json {
        output::note(format!("the first {shown}; `--all` shows the rest"));
    }
    Ok(Exit::Done)
}
