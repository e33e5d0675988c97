//! Looking at tasks, counting and pruning them.

use popkit_protocol::{NewTask, Requirement, Task, TaskId};
use popkit_redis::Reply;

use super::call::{Caller, list, moment, number, part, text, unreadable};
use super::insert::requirement;
use super::record;
use super::script::{COUNTS, ENDED, GET, PAGE, PRUNE};
use crate::backend::redis::classify::corrupt;
use crate::{CountQuery, LaneCount, Page, PruneQuery, Result, TaskCounts, TaskQuery};

/// Records per call where they are searched: large enough that few calls are needed, small
/// enough that no call holds up the server for long.
const SEARCHED: usize = 256;
/// Records per call where they are asked for by id: at the largest some megabytes.
const READ: usize = 32;
/// Tasks per call where they are removed, with all their events.
const REMOVED: usize = 64;

pub(super) async fn get_many(caller: &Caller, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(READ) {
        let call = caller.begin(None).args(some.iter().map(TaskId::as_str));
        found.extend(records(caller.eval("get", &GET, call).await?)?);
    }
    Ok(found)
}

/// The records of an answer of `get.lua`.
pub(super) fn records(reply: Reply) -> Result<Vec<Option<Task>>> {
    let mut reply = list(reply)?;
    let _now = text(&mut reply)?;
    list(part(&mut reply)?)?.map(record::read).collect()
}

pub(super) async fn query(caller: &Caller, query: &TaskQuery) -> Result<Page<Task>> {
    let size = query.page.size();
    let (mut found, mut after) = (Vec::new(), query.page.after);
    let filtered = TaskQuery { page: query.page, ..TaskQuery::default() } != *query;
    let chunk = if filtered { SEARCHED } else { size + 1 };
    while found.len() <= size {
        let call = caller.begin(None).arg(after).arg(chunk);
        let mut reply = list(caller.eval("query", &PAGE, call).await?)?;
        let goes_on = !text(&mut reply)?.is_empty();
        for one in reply {
            let Some(task) = record::read(one)? else { continue };
            after = task.score.seq;
            if found.len() <= size && query.wants(&task) {
                found.push(task);
            }
        }
        if !goes_on {
            break;
        }
    }
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().map(|task| task.score.seq).filter(|_| more);
    Ok(Page::new(found, next))
}

pub(super) async fn counts(caller: &Caller, query: CountQuery) -> Result<TaskCounts> {
    let call = caller.begin(None).arg(if query.lanes { "1" } else { "" });
    let mut reply = list(caller.eval("counts", &COUNTS, call).await?)?;
    let mut places = list(part(&mut reply)?)?;
    let mut counts = TaskCounts::default();
    for place in [
        &mut counts.backlog,
        &mut counts.ready,
        &mut counts.due,
        &mut counts.blocked,
        &mut counts.assigned,
        &mut counts.active,
        &mut counts.paused,
        &mut counts.review,
        &mut counts.done,
        &mut counts.failed,
        &mut counts.cancelled,
    ] {
        *place = number("a count", &text(&mut places)?)?;
    }
    for lane in list(part(&mut reply)?)? {
        let mut lane = list(lane)?;
        let needs: Requirement = requirement(&text(&mut lane)?)?;
        let ready = number("a count", &text(&mut lane)?)?;
        counts.lanes.push(LaneCount::new(needs, ready, number("a count", &text(&mut lane)?)?));
    }
    counts.lanes.sort_by(|a, b| a.requirement.cmp(&b.requirement));
    Ok(counts)
}

/// Ended tasks by their time, a page after the other; each page is looked through here and what
/// is wanted of it removed.
pub(super) async fn prune(caller: &Caller, query: &PruneQuery) -> Result<u64> {
    let before = moment(query.ended_before);
    let mut gone = 0;
    let mut after = String::new();
    let limit = u64::try_from(query.limit).unwrap_or(u64::MAX);
    while gone < limit {
        let call = caller.begin(None).arg(before.as_str()).arg(SEARCHED).arg(after.as_str());
        let call = call.arg(if query.kind.is_some() { "1" } else { "" });
        let found = list(caller.eval("prune", &ENDED, call).await?)?;
        let seen = found.len();
        let mut wanted = Vec::new();
        for one in found {
            let mut one = list(one)?;
            after = text(&mut one)?;
            let (id, state, spec) = (text(&mut one)?, text(&mut one)?, text(&mut one)?);
            if !state.is_empty() && wants(query, &id, &state, &spec)? {
                wanted.push(id);
            }
        }
        // Those that an open task waits for stay: of what is wanted, some more may go.
        for ids in wanted.chunks(REMOVED) {
            let left = usize::try_from(limit - gone).unwrap_or(usize::MAX);
            let ids = ids.iter().take(left).map(String::as_str);
            let call = caller.begin(None).arg(before.as_str()).args(ids);
            let reply = caller.eval("prune", &PRUNE, call).await?;
            gone += reply.into_count().map_err(unreadable)?;
        }
        if seen < SEARCHED {
            break;
        }
    }
    Ok(gone)
}

/// Whether an ended task may go, as far as the query is concerned; its age was looked at.
fn wants(query: &PruneQuery, id: &str, state: &str, spec: &str) -> Result<bool> {
    if !query.states.is_empty() && !query.states.contains(&record::state(state)?) {
        return Ok(false);
    }
    if !query.tasks.is_empty() && !query.tasks.iter().any(|task| task.as_str() == id) {
        return Ok(false);
    }
    let Some(kind) = &query.kind else { return Ok(true) };
    let spec: NewTask = serde_json::from_str(spec)
        .map_err(|error| corrupt(format!("what was asked for as {id}: {error}")))?;
    Ok(spec.kind == *kind)
}
