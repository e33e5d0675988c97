//! Rules of lanes.

use std::num::NonZeroU32;

use popkit_protocol::Requirement;
use popkit_redis::Reply;

use super::call::{Caller, list, number, text};
use super::insert::requirement;
use super::script::{RULE, RULES};
use super::step::to_json;
use crate::backend::redis::classify::corrupt;
use crate::engine::{check_lane, full};
use crate::{LaneRule, LaneStatus, Result};

pub(super) async fn set_lane(
    caller: &Caller,
    max_lanes: usize,
    needs: Requirement,
    rule: LaneRule,
) -> Result<LaneStatus> {
    check_lane(&needs)?;
    let call = caller
        .begin(None)
        .arg(needs.lane().to_string())
        .arg(to_json(&needs)?)
        .arg(if rule.paused { "p" } else { "" })
        .arg(rule.limit.map(|limit| limit.to_string()).unwrap_or_default())
        .arg(max_lanes);
    let mut reply = list(caller.eval("set_lane", &RULE, call).await?)?;
    match text(&mut reply)?.as_str() {
        "ok" => status(needs, reply),
        "full" => Err(full(max_lanes, &needs)),
        other => Err(corrupt(format!("a script answered {other:?}"))),
    }
}

pub(super) async fn lanes(caller: &Caller) -> Result<Vec<LaneStatus>> {
    let lines = list(caller.eval("lanes", &RULES, caller.begin(None)).await?)?;
    let mut lanes = Vec::new();
    for line in lines {
        let mut line = list(line)?;
        let needs = requirement(&text(&mut line)?)?;
        lanes.push(status(needs, line)?);
    }
    lanes.sort_by(|a: &LaneStatus, b| a.requirement.cmp(&b.requirement));
    Ok(lanes)
}

/// Paused, limit, ready, held, open.
fn status(needs: Requirement, mut line: std::vec::IntoIter<Reply>) -> Result<LaneStatus> {
    let paused = text(&mut line)? == "p";
    let limit = text(&mut line)?;
    let limit: u32 = if limit.is_empty() { 0 } else { number("a limit", &limit)? };
    let mut count = || number("a count", &text(&mut line)?);
    let (ready, held, open) = (count()?, count()?, count()?);
    let rule = LaneRule::default().paused(paused).limit(NonZeroU32::new(limit));
    Ok(LaneStatus::new(needs, rule).counted(ready, held, open))
}
