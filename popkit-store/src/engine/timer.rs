//! What time does: due tasks become ready, expired leases are rescued in two looks.

use popkit_protocol::{Change, FailCause, Failure, Hold, Pending, Task, Timestamp, limits};

use super::Tables;
use super::release::{Ended, release};
use super::write::Draft;
use crate::Result;

/// Promotes and rescues, a bounded number each.
pub(super) fn run_timers<T: Tables + ?Sized>(tables: &mut T, now: Timestamp) -> Result<()> {
    let mut rescues = 0;
    for seq in tables.timers(now, limits::PROMOTIONS)? {
        let Some(task) = tables.by_seq(seq)? else { continue };
        match (&task.hold, task.pending()) {
            (Some(hold), _) if rescues < limits::RESCUES => {
                rescues += 1;
                let hold = hold.clone();
                expired(tables, now, task, &hold)?;
            }
            (None, Some(Pending::Due)) => {
                let mut draft = Draft::new(task);
                draft.record(tables, now, Change::Promoted)?;
                draft.save(tables)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The first look marks and looks again a third of a lease later: a clock that stepped
/// forward gives live holders the time for one heartbeat. The second look rescues.
fn expired<T: Tables + ?Sized>(
    tables: &mut T,
    now: Timestamp,
    task: Task,
    hold: &Hold,
) -> Result<()> {
    let mut draft = Draft::new(task);
    if !hold.suspect {
        if let Some(mark) = &mut draft.task.hold {
            mark.suspect = true;
            mark.deadline = now.after(hold.length / 3);
        }
        draft.save(tables)?;
        return Ok(());
    }
    let task = &draft.task;
    let last_attempt = task.attempt >= task.spec.retry.max_attempts;
    if last_attempt || task.abandons + 1 >= task.spec.max_abandons {
        let text = format!("{} fell silent in attempt {}", hold.agent, task.attempt);
        let error = Failure::new("abandoned", text);
        draft.record(tables, now, Change::Failed { cause: FailCause::Abandoned, error })?;
        let task = draft.save(tables)?;
        return release(tables, now, Ended::of(&task));
    }
    draft.record(tables, now, Change::Rescued { holder: hold.holder })?;
    draft.save(tables)?;
    Ok(())
}
