//! `popkit task prune`.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use popkit_protocol::{Clock as _, SystemClock, TaskKind, TaskState, duration};
use popkit_store::PruneQuery;
use serde::Serialize;

use super::super::view::VERSION;
use super::super::{Desk, look};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// Tasks that go in one call of the store.
const PORTION: usize = 1000;

/// The arguments of `popkit task prune`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct PruneArgs {
    /// Only what ended at least this long ago, for instance 24h or 30d
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    older_than: Duration,
    /// Only tasks in these states: done, failed, cancelled
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = look::list::states)]
    state: Vec<BTreeSet<TaskState>>,
    /// Only tasks of this kind
    #[arg(long)]
    kind: Option<TaskKind>,
}

/// What was removed, version 1.
#[derive(Serialize)]
struct PrunedView {
    v: u8,
    pruned: u64,
}

/// Removes ended tasks with their history. Those that an open task depends on stay.
pub(in crate::command::task) async fn run(args: PruneArgs, desk: &Desk) -> Result<Exit, CliError> {
    let states: BTreeSet<TaskState> = args.state.into_iter().flatten().collect();
    if let Some(open) = states.iter().find(|state| !state.is_terminal()) {
        let message = format!("--state: {open} tasks have not ended and are never removed");
        return Err(CliError::usage(message));
    }
    let before = SystemClock.now().before(args.older_than);
    let mut query = PruneQuery::before(before).in_states(states).limit(PORTION);
    query.kind = args.kind;
    let mut total = 0;
    loop {
        let gone = desk.tasks.prune(query.clone()).await?;
        total += gone;
        if gone < PORTION as u64 {
            break;
        }
    }
    if desk.cx.json {
        output::json(&PrunedView { v: VERSION, pruned: total })?;
    } else {
        output::line(format!("{total} removed"))?;
    }
    Ok(Exit::Done)
}
