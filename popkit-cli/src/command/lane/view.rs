//! The forms in which a lane is shown.

use std::num::NonZeroU32;

use popkit_protocol::Requirement;
use popkit_store::{LaneRule, LaneStatus};
use serde::Serialize;

use crate::output::VERSION;

/// A lane, version 1.
#[derive(Serialize)]
pub(super) struct LaneView<'a> {
    v: u8,
    requirement: &'a Requirement,
    paused: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<NonZeroU32>,
    ready: u64,
    held: u64,
    open: u64,
}

impl<'a> LaneView<'a> {
    pub(super) fn of(lane: &'a LaneStatus) -> Self {
        let LaneRule { paused, limit, .. } = lane.rule;
        let (ready, held, open) = (lane.ready, lane.held, lane.open);
        Self { v: VERSION, requirement: &lane.requirement, paused, limit, ready, held, open }
    }
}

/// A rule, in a word or two.
pub(super) fn rule(rule: LaneRule) -> String {
    match (rule.paused, rule.limit) {
        (false, None) => "no rule".to_owned(),
        (true, None) => "paused".to_owned(),
        (false, Some(limit)) => format!("limit {limit}"),
        (true, Some(limit)) => format!("paused, limit {limit}"),
    }
}
