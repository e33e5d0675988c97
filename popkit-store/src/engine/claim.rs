//! Handing out leases, and what holds them back.

use popkit_protocol::{
    Change, Fence, HolderId, Lease, LeaseToken, Requirement, Score, Timestamp, limits,
};

use super::Tables;
use super::write::Draft;
use crate::{Claim, Error, ErrorKind, LaneRule, LaneStatus, Result};

/// Claims the lowest scores over all eligible lanes: one look at the head of each, then one
/// more at the lane that was taken from.
pub(super) fn claim<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    holder: HolderId,
    claim: &Claim,
) -> Result<Vec<Lease>> {
    if claim.ids.is_empty() {
        return Ok(Vec::new());
    }
    let lanes = tables.eligible(&claim.profile)?;
    let mut heads: Vec<(Score, u32)> = Vec::with_capacity(lanes.len());
    for lane in lanes.iter() {
        if let Some(score) = tables.head(*lane)? {
            heads.push((score, *lane));
        }
    }
    let mut leases = Vec::new();
    for id in &claim.ids {
        let Some(best) = heads.iter().enumerate().min_by_key(|(_, head)| **head).map(|(i, _)| i)
        else {
            break;
        };
        let (score, lane) = heads.swap_remove(best);
        let Some(task) = tables.by_seq(score.seq)? else {
            let message =
                format!("lane {lane} lists task number {}, which is not there", score.seq);
            return Err(Error::new(ErrorKind::Corrupt, message));
        };
        let mut draft = Draft::new(task);
        let fence: Fence = draft.task.fence.next(now.as_micros());
        let change = Change::Claimed {
            holder,
            agent: claim.profile.agent().clone(),
            fence,
            claim: *id,
            attempt: draft.task.attempt + 1,
            deadline: now.after(claim.lease),
            lease: claim.lease,
        };
        draft.record(tables, now, change)?;
        let task = draft.save(tables)?;
        let token = LeaseToken { task: task.id().clone(), fence, claim: *id };
        leases.push(Lease::new(token, task, claim.lease));
        if leases.len() < claim.ids.len()
            && let Some(score) = tables.head(lane)?
        {
            heads.push((score, lane));
        }
    }
    Ok(leases)
}

/// Whether a lane can require this.
///
/// # Errors
///
/// `InvalidInput` for more capabilities than a task may require.
pub fn check_lane(requirement: &Requirement) -> Result<()> {
    let (count, most) = (requirement.capabilities.len(), limits::LABELS);
    if count > most {
        let message = format!("a lane that requires {count} capabilities; the limit is {most}");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

/// Sets a lane's rule, and answers with the lane as it is then.
///
/// # Errors
///
/// `InvalidInput` for more capabilities than a task may require; `Full` for too many lanes;
/// whatever the tables say.
pub fn set_lane<T: Tables + ?Sized>(
    tables: &mut T,
    requirement: &Requirement,
    rule: LaneRule,
) -> Result<LaneStatus> {
    check_lane(requirement)?;
    // No rule is nothing to keep: it needs no lane.
    if !rule.is_none() {
        tables.register(requirement)?;
    }
    tables.set_rule(requirement, rule)?;
    tables.lane(requirement)
}
