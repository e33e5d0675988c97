//! `popkit task counts`.

use clap::Args;
use popkit_protocol::Requirement;
use popkit_store::{CountQuery, LaneCount, TaskCounts};
use serde::{Serialize, Serializer};

use super::super::Desk;
use super::super::view::{VERSION, text};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// The arguments of `popkit task counts`.
#[derive(Debug, Args)]
pub(in crate::command::task) struct CountsArgs {
    /// Also by what the tasks require
    #[arg(long)]
    lanes: bool,
}

/// Counts tasks.
pub(in crate::command::task) async fn run(args: CountsArgs, desk: &Desk) -> Result<Exit, CliError> {
    let mut query = CountQuery::default();
    query.lanes = args.lanes;
    let counts = desk.tasks.counts(query).await?;
    if desk.cx.json {
        output::json(&view(&counts, args.lanes))?;
        return Ok(Exit::Done);
    }
    let mut table = text::table(&["STATE", "TASKS"]);
    for (name, count) in places(&counts) {
        table.add_row([name.to_owned(), count.to_string()]);
    }
    table.add_row(["total".to_owned(), counts.total().to_string()]);
    output::line(text::trimmed(&table))?;
    if args.lanes {
        let mut table = text::table(&["READY", "OPEN", "LANE"]);
        for lane in &counts.lanes {
            let (ready, open) = (lane.ready.to_string(), lane.open.to_string());
            table.add_row([ready, open, lane.requirement.to_string()]);
        }
        output::line(format!("\n{}", text::trimmed(&table)))?;
    }
    Ok(Exit::Done)
}

fn places(counts: &TaskCounts) -> [(&'static str, u64); 11] {
    [
        ("backlog", counts.backlog),
        ("ready", counts.ready),
        ("due", counts.due),
        ("blocked", counts.blocked),
        ("assigned", counts.assigned),
        ("active", counts.active),
        ("paused", counts.paused),
        ("review", counts.review),
        ("done", counts.done),
        ("failed", counts.failed),
        ("cancelled", counts.cancelled),
    ]
}

/// Counts, version 1.
#[derive(Serialize)]
struct CountsView<'a> {
    v: u8,
    total: u64,
    open: u64,
    #[serde(flatten)]
    places: Places,
    #[serde(skip_serializing_if = "Option::is_none")]
    lanes: Option<Vec<LaneView<'a>>>,
}

/// The places in the order of a task's life.
struct Places([(&'static str, u64); 11]);

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0)
    }
}

#[derive(Serialize)]
struct LaneView<'a> {
    requirement: &'a Requirement,
    ready: u64,
    open: u64,
}

impl<'a> LaneView<'a> {
    fn new(lane: &'a LaneCount) -> Self {
        Self { requirement: &lane.requirement, ready: lane.ready, open: lane.open }
    }
}

fn view(counts: &TaskCounts, lanes: bool) -> CountsView<'_> {
    let lanes = lanes.then(|| counts.lanes.iter().map(LaneView::new).collect());
    let places = Places(places(counts));
    CountsView { v: VERSION, total: counts.total(), open: counts.open(), places, lanes }
}
