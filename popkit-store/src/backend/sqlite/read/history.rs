//! Events in order.

use popkit_protocol::{Cursor, TaskEvent, TaskId, Timestamp};
use rusqlite::{Row, Statement, params};

use super::Snapshot;
use super::query::BODY;
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::tables::{decode_event, int, nat, read_spec};
use crate::{HistoryQuery, Page};

const ALL: &str = "SELECT cursor, event.seq, number, at, change, task.id
    FROM event JOIN task ON task.seq = event.seq
    WHERE cursor > ?1 ORDER BY cursor LIMIT ?2";
const OF_ONE: &str = "SELECT cursor, event.seq, number, at, change, task.id
    FROM task JOIN event ON event.seq = task.seq
    WHERE task.id = ?3 AND cursor > ?1 ORDER BY cursor LIMIT ?2";

pub(in crate::backend::sqlite) fn history(
    snapshot: &Snapshot<'_>,
    query: &HistoryQuery,
) -> Sql<Page<TaskEvent>> {
    let (after, size) = (int(query.page.after), query.page.size());
    let limit = int(size as u64 + 1);
    let sql = if query.task.is_some() { OF_ONE } else { ALL };
    let mut select = snapshot.connection.prepare_cached(sql)?;
    let mut parts = snapshot.connection.prepare_cached(BODY)?;
    let mut rows = match &query.task {
        None => select.query([after, limit])?,
        Some(id) => select.query(params![after, limit, id.as_str()])?,
    };
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event(row, &mut parts, snapshot)?);
    }
    let more = events.len() > size;
    events.truncate(size);
    let next = events.last().map(|event| event.cursor.number()).filter(|_| more);
    Ok(Page::new(events, next))
}

fn event(row: &Row<'_>, parts: &mut Statement<'_>, snapshot: &Snapshot<'_>) -> Sql<TaskEvent> {
    let text = |at: usize| row.get_ref(at)?.as_str().map_err(|e| corrupt(e.to_string()));
    let cursor = Cursor::from_number(nat(row.get(0)?)?);
    let (seq, number) = (row.get(1)?, nat(row.get(2)?)?);
    let at = Timestamp::from_micros(nat(row.get(3)?)?);
    let change = decode_event(number, text(4)?, || read_spec(snapshot.shared, parts, seq))?;
    let task = TaskId::new(text(5)?).map_err(|e| corrupt(e.to_string()))?;
    Ok(TaskEvent::new((cursor, at), (task, number), change))
}
