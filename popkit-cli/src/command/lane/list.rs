//! `popkit lane list`.

use popkit_store::TaskStore;

use super::view::{LaneView, rule};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use crate::table::{table, trimmed};

/// Lists the lanes that something stands in or that have a rule.
pub(super) async fn run(cx: &Context, tasks: &dyn TaskStore) -> Result<Exit, CliError> {
    let lanes = tasks.lanes().await?;
    if cx.json {
        for lane in &lanes {
            output::json(&LaneView::of(lane))?;
        }
        return Ok(Exit::Done);
    }
    let mut shown = table(&["READY", "HELD", "OPEN", "RULE", "LANE"]);
    for lane in &lanes {
        let [ready, held, open] = [lane.ready, lane.held, lane.open].map(|n| n.to_string());
        shown.add_row([ready, held, open, rule(lane.rule), lane.requirement.to_string()]);
    }
    output::line(trimmed(&shown))?;
    Ok(Exit::Done)
}
