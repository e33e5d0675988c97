//! Numbers that the writer keeps up to date.

use popkit_protocol::Requirement;

use super::Snapshot;
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::tables::{counted_place, nat, read_rule};
use crate::{CountQuery, LaneCount, LaneStatus, TaskCounts};

pub(in crate::backend::sqlite) fn counts(
    snapshot: &Snapshot<'_>,
    query: CountQuery,
) -> Sql<TaskCounts> {
    let mut counts = TaskCounts::default();
    let sql = "SELECT place, sum(n) FROM counter GROUP BY place";
    let mut by_place = snapshot.connection.prepare_cached(sql)?;
    let mut rows = by_place.query([])?;
    while let Some(row) = rows.next()? {
        let place = counted_place(row.get(0)?);
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
    let used = lanes(snapshot)?.into_iter().filter(|lane| lane.open > 0);
    Ok(used.map(|lane| LaneCount::new(lane.requirement, lane.ready, lane.open)).collect())
}

/// In the order of the requirements, without the lanes that are not used.
pub(in crate::backend::sqlite) fn lanes(snapshot: &Snapshot<'_>) -> Sql<Vec<LaneStatus>> {
    // Place 1 is ready; of places 4, 5 and 11 a lease is held.
    let sql = "SELECT requirement, paused, most, sum(n) FILTER (WHERE place = 1),
            sum(n) FILTER (WHERE place IN (4, 5, 11)), sum(n)
        FROM lane LEFT JOIN counter ON counter.lane = lane.id GROUP BY lane.id";
    let mut by_lane = snapshot.connection.prepare_cached(sql)?;
    let mut rows = by_lane.query([])?;
    let mut lanes = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(|e| corrupt(e.to_string()))?;
        let requirement: Requirement =
            serde_json::from_str(text).map_err(|e| corrupt(format!("a lane: {e}")))?;
        let number = |at| nat(row.get::<_, Option<i64>>(at)?.unwrap_or_default());
        let lane = LaneStatus::new(requirement, read_rule(row, 1)?);
        lanes.push(lane.counted(number(3)?, number(4)?, number(5)?));
    }
    lanes.retain(LaneStatus::is_used);
    lanes.sort_by(|a, b| a.requirement.cmp(&b.requirement));
    Ok(lanes)
}
