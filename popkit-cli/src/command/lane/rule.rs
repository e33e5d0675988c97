//! `popkit lane pause`, `resume` and `limit`.

use std::num::NonZeroU32;

use clap::Args;
use popkit_protocol::{AgentId, Capability, Requirement, TaskKind};
use popkit_store::{LaneRule, LaneStatus, TaskStore};

use super::view::{LaneView, rule};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

/// One lane: that of the tasks that require exactly this.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The kind of its tasks
    #[arg(long)]
    kind: TaskKind,
    /// What its tasks require of an agent, all of it
    #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',')]
    requires: Vec<Capability>,
    /// The only agent that may claim its tasks
    #[arg(long, value_name = "NAME")]
    only: Option<AgentId>,
}

impl Which {
    fn requirement(self) -> Requirement {
        let mut lane = Requirement::new(self.kind);
        lane.capabilities.extend(self.requires);
        lane.agent = self.only;
        lane
    }
}

/// The arguments of `popkit lane limit`.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// At most so many at once, or none: no limit
    #[arg(value_name = "N|none", value_parser = parse)]
    limit: Limit,
    #[command(flatten)]
    pub(super) which: Which,
}

impl LimitArgs {
    pub(super) fn limit(&self) -> Option<NonZeroU32> {
        self.limit.0
    }
}

// A type of its own: clap takes an option for an argument that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit(Option<NonZeroU32>);

fn parse(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        number => number.parse().map(|limit| Limit(Some(limit))).map_err(|_| {
            format!("expected 1 to {}, or none; `popkit lane pause` lets nothing through", u32::MAX)
        }),
    }
}

/// Changes the rule of a lane, of which the rest stays, and shows the lane.
pub(super) async fn change(
    cx: &Context,
    tasks: &dyn TaskStore,
    which: Which,
    edit: impl FnOnce(LaneRule) -> LaneRule,
) -> Result<Exit, CliError> {
    let lane = which.requirement();
    let lanes = tasks.lanes().await?;
    let known = lanes.iter().find(|status| status.requirement == lane);
    let before = known.map(|status| status.rule).unwrap_or_default();
    if let Some(hint) = elsewhere(&lane, &lanes) {
        output::note(format!("note: {hint}"));
    }
    let status = tasks.set_lane(lane, edit(before)).await?;
    if cx.json {
        output::json(&LaneView::of(&status))?;
    } else {
        output::line(format!("{} {}", status.requirement, rule(status.rule)))?;
    }
    Ok(Exit::Done)
}

/// Where the tasks of this kind are, if none of them is in this lane: it may be another that is
/// meant.
fn elsewhere(lane: &Requirement, lanes: &[LaneStatus]) -> Option<String> {
    let open = lanes.iter().filter(|status| status.open > 0);
    let alike: Vec<_> = open.filter(|status| status.requirement.kind == lane.kind).collect();
    if alike.is_empty() || alike.iter().any(|status| status.requirement == *lane) {
        return None;
    }
    let names: Vec<_> = alike.iter().map(|status| status.requirement.to_string()).collect();
    Some(format!("no open task is in the lane {lane}; there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_or_none() {
        assert_eq!(parse("none"), Ok(Limit(None)));
        assert_eq!(parse("3"), Ok(Limit(NonZeroU32::new(3))));
        for text in ["0", "-1", "", "many", "4294967296"] {
            assert!(parse(text).is_err_and(|error| error.contains("or none")), "{text}");
        }
    }
}
