//! Renewing leases.

use popkit_protocol::{Change, Progress, TaskState, Timestamp, limits};

use super::Tables;
use super::finish::lost;
use super::step::{check_lease, maintain, next_due};
use super::write::Draft;
use crate::{Beat, Error, Heartbeat, HeartbeatReply, LeaseLost, Result};

/// Checks a heartbeat's ranges before anything happens.
///
/// # Errors
///
/// `InvalidInput`.
pub fn check_heartbeat(beat: &Heartbeat) -> Result<()> {
    check_lease(beat.lease)?;
    for one in &beat.held {
        if let Some(value) = &one.checkpoint {
            limits::check_body("checkpoint size", value)
                .map_err(|e| Error::from(e).with("task", &one.token.task))?;
        }
    }
    Ok(())
}

/// Renews what is listed, then promotes and rescues.
///
/// # Errors
///
/// Whatever the tables say; the caller then undoes the whole call.
pub fn heartbeat<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    beat: Heartbeat,
) -> Result<HeartbeatReply> {
    let Heartbeat { lease, held, .. } = beat;
    let mut reply = HeartbeatReply::default();
    for Beat { token, progress, checkpoint } in held {
        let Some(task) = tables.find(&token.task)? else {
            reply.lost.push(LeaseLost::unknown(token.task));
            continue;
        };
        if !task.hold.as_ref().is_some_and(|hold| hold.is(&token)) {
            reply.lost.push(lost(&task));
            continue;
        }
        let mut draft = Draft::new(task);
        if let Some(hold) = &mut draft.task.hold {
            hold.deadline = now.after(lease);
            hold.length = lease;
            hold.suspect = false;
        }
        if let Some(value) = checkpoint {
            draft.record(tables, now, Change::Checkpointed { value })?;
        }
        // A paused task does not move; its holder's report says nothing new.
        if let Some(progress) = progress.filter(|_| draft.task.state != TaskState::Paused) {
            // Made anew: its fields are public, and a number that is none has no JSON.
            let progress = Progress::new(progress.fraction, progress.note);
            draft.record(tables, now, Change::Progressed { progress })?;
        }
        let task = draft.save(tables)?;
        reply.renewed.push((token.task, task.state));
    }
    maintain(tables, now)?;
    reply.next_due = next_due(tables, now)?;
    Ok(reply)
}
