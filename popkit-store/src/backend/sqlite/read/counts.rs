//! Numbers that the writer keeps up to date.

use popkit_protocol::Requirement;

use super::Snapshot;
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::tables::{all_places, nat};
use crate::{CountQuery, LaneCount, TaskCounts};

pub(in crate::backend::sqlite) fn counts(
    snapshot: &Snapshot<'_>,
    query: CountQuery,
) -> Sql<TaskCounts> {
    let mut counts = TaskCounts::default();
    let sql = "SELECT place, sum(n) FROM counter GROUP BY place";
    let mut by_place = snapshot.connection.prepare_cached(sql)?;
    let mut rows = by_place.query([])?;
    while let Some(row) = rows.next()? {
        let place = all_places().get(usize::from(row.get::<_, u8>(0)?)).copied();
        let place = place.ok_or_else(|| corrupt("a count of an unknown place"))?;
        *counts.at(place) += nat(row.get(1)?)?;
    }
    if query.lanes {
        counts.lanes = by_lane(snapshot)?;
    }
    Ok(counts)
}

/// In the order of the requirements, without the lanes that nothing stands in.
fn by_lane(snapshot: &Snapshot<'_>) -> Sql<Vec<LaneCount>> {
    // Place 1 is ready.
    let sql = "SELECT requirement, sum(n) FILTER (WHERE place = 1), sum(n)
        FROM counter JOIN lane ON lane.id = counter.lane GROUP BY lane.id HAVING sum(n) > 0";
    let mut by_lane = snapshot.connection.prepare_cached(sql)?;
    let mut rows = by_lane.query([])?;
    let mut lanes = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(|e| corrupt(e.to_string()))?;
        let requirement: Requirement =
            serde_json::from_str(text).map_err(|e| corrupt(format!("a lane: {e}")))?;
        let ready = nat(row.get::<_, Option<i64>>(1)?.unwrap_or_default())?;
        lanes.push(LaneCount::new(requirement, ready, nat(row.get(2)?)?));
    }
    lanes.sort_by(|a, b| a.requirement.cmp(&b.requirement));
    Ok(lanes)
}
