//! Removing what has ended: found by a reader, checked again and removed by the writer.

use popkit_protocol::TaskId;
use rusqlite::params;

use super::Snapshot;
use crate::backend::sqlite::classify::Sql;
use crate::backend::sqlite::tables::{int, mask_of};
use crate::{Error, ErrorKind, PruneQuery};

/// The most tasks that one transaction removes.
pub(in crate::backend::sqlite) const PRUNED_AT_ONCE: usize = 128;

/// From place 8 on a task has ended.
const ENDED: &str = "SELECT seq FROM task WHERE seq > ?1 AND place >= 8 AND ended_at < ?2
    AND (?3 >> place) & 1 AND (?4 IS NULL OR kind = ?4)
    AND (?5 IS NULL OR id IN (SELECT value FROM json_each(?5)))
    AND NOT EXISTS (SELECT 1 FROM edge JOIN task AS child ON child.seq = edge.child
        WHERE edge.parent = task.seq AND child.place < 8)
    ORDER BY seq LIMIT ?6";

/// Tasks that may go, after this one, in the order of insertion.
pub(in crate::backend::sqlite) fn prunable(
    snapshot: &Snapshot<'_>,
    query: &PruneQuery,
    after: i64,
    limit: usize,
) -> Sql<Vec<i64>> {
    let ids: Vec<&str> = query.tasks.iter().map(TaskId::as_str).collect();
    let ids = (!ids.is_empty()).then(|| serde_json::to_string(&ids)).transpose();
    let ids = ids.map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?;
    let mut select = snapshot.connection.prepare_cached(ENDED)?;
    let rows = select.query_map(
        params![
            after,
            int(query.ended_before.as_micros()),
            mask_of(&query.states),
            query.kind.as_ref().map(|kind| kind.as_str()),
            ids,
            int(limit as u64),
        ],
        |row| row.get(0),
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
