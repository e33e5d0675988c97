//! Tasks by id, and by what they are.

use popkit_protocol::{Task, TaskId};
use rusqlite::params;

use super::Snapshot;
use crate::backend::sqlite::classify::Sql;
use crate::backend::sqlite::tables::{COLUMNS, int, mask_of, read_task};
use crate::{Page, TaskQuery};

pub(super) const BODY: &str = "SELECT data FROM body WHERE part = ?1";

/// Narrows to tasks with a tag: by the table of tags, not by a scan.
const TAGGED: &str = " AND seq IN (SELECT seq FROM tag WHERE name = ?4)";
/// Narrows to tasks that an agent holds: held tasks are few, and all have a timer.
const HELD: &str = " AND seq IN (SELECT seq FROM task INDEXED BY task_timer
    WHERE timer IS NOT NULL AND agent = ?5)";

pub(in crate::backend::sqlite) fn get_many(
    snapshot: &Snapshot<'_>,
    ids: &[TaskId],
) -> Sql<Vec<Option<Task>>> {
    let sql = format!("SELECT {COLUMNS} FROM task WHERE id = ?1");
    let mut by_id = snapshot.connection.prepare_cached(&sql)?;
    let mut parts = snapshot.connection.prepare_cached(BODY)?;
    let mut tasks = Vec::with_capacity(ids.len());
    for id in ids {
        let mut rows = by_id.query([id.as_str()])?;
        let found = rows.next()?;
        tasks.push(found.map(|row| read_task(row, &mut parts, snapshot.shared)).transpose()?);
    }
    Ok(tasks)
}

pub(in crate::backend::sqlite) fn query(
    snapshot: &Snapshot<'_>,
    query: &TaskQuery,
) -> Sql<Page<Task>> {
    let (tagged, held) =
        (query.tag.as_ref().map_or("", |_| TAGGED), query.agent.as_ref().map_or("", |_| HELD));
    // Unused parameters stay in the text, so that the others keep their numbers.
    let sql = format!(
        "SELECT {COLUMNS} FROM task WHERE seq > ?1 AND (?2 >> place) & 1
            AND (?3 IS NULL OR kind = ?3) AND (?4 IS NULL OR 1) AND (?5 IS NULL OR 1)
            {tagged}{held} ORDER BY seq LIMIT ?6"
    );
    let mut select = snapshot.connection.prepare_cached(&sql)?;
    let mut parts = snapshot.connection.prepare_cached(BODY)?;
    let size = query.page.size();
    let mut rows = select.query(params![
        int(query.page.after),
        mask_of(&query.states),
        query.kind.as_ref().map(|kind| kind.as_str()),
        query.tag,
        query.agent.as_ref().map(|agent| agent.as_str()),
        int(size as u64 + 1),
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_task(row, &mut parts, snapshot.shared)?);
    }
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().map(|task| task.score.seq).filter(|_| more);
    Ok(Page::new(found, next))
}
