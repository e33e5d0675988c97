//! Writing tasks and their events.

use popkit_protocol::{Change, Task, TaskEvent, Timestamp};
use rusqlite::params;

use super::row::{
    PART_CHECKPOINT, PART_ERRORS, PART_RESULT, PART_SPEC, counter_number, end_number, part,
    parts_of, place_number,
};
use super::state::{SqliteTables, lane_of};
use super::{event, int, no_json};
use crate::backend::sqlite::classify::Sql;
use crate::engine::{Place, Stand};

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| int(at.as_micros()))
}

impl SqliteTables<'_> {
    fn enter(&mut self, stand: &Stand, lane: u32) {
        self.counter.count(lane, counter_number(stand), 1);
        if stand.place == Place::Ready {
            self.readied_now.push(lane);
        }
        if let (Some(at), Some(earliest)) = (stand.timer, &mut self.timer) {
            *earliest = Some(earliest.map_or(at, |earliest| earliest.min(at)));
        }
    }

    fn leave(&mut self, stand: &Stand, lane: u32) {
        self.counter.count(lane, counter_number(stand), -1);
        // Others may have the same timer; which is next is found out when somebody asks.
        if stand.timer.is_some() && self.timer == Some(stand.timer) {
            self.timer = None;
        }
    }

    fn take_key(&mut self, task: &Task) -> Sql<()> {
        if let Some(key) = &task.spec.unique {
            self.sql.take_key.execute(params![key.as_str(), int(task.score.seq)])?;
        }
        Ok(())
    }

    fn free_key(&mut self, task: &Task) -> Sql<()> {
        if let Some(key) = &task.spec.unique {
            self.sql.free_key.execute(params![key.as_str(), int(task.score.seq)])?;
        }
        Ok(())
    }

    fn keep_part(&mut self, seq: u64, what: i64, text: Option<&str>) -> Sql<()> {
        let key = part(int(seq), what);
        match text {
            Some(text) => self.sql.keep_body.execute(params![key, text])?,
            None => self.sql.drop_body.execute([key, key])?,
        };
        Ok(())
    }

    pub(super) fn create_row(&mut self, task: &Task) -> Sql<()> {
        let (stand, seq) = (Stand::of(task), task.score.seq);
        let lane = lane_of(&self.lanes, &stand)?;
        self.wrote = true;
        self.sql.create_task.execute(params![
            int(seq),
            task.id().as_str(),
            task.spec.kind.as_str(),
            int(task.created_at.as_micros()),
            lane,
            place_number(stand.place),
            task.priority.level(),
            int(task.score.major),
            task.open_parents,
            micros(task.due_at),
            micros(stand.timer),
            int(task.revision),
            int(task.updated_at.as_micros()),
        ])?;
        let spec = serde_json::to_string(&*task.spec).map_err(|error| no_json(&error))?;
        self.keep_part(seq, PART_SPEC, Some(&spec))?;
        for tag in &task.spec.tags {
            self.sql.tag.execute(params![tag, int(seq)])?;
        }
        self.take_key(task)?;
        self.enter(&stand, lane);
        self.shared.specs().put(seq, task.clone());
        Ok(())
    }

    pub(super) fn update_row(&mut self, before: &Stand, task: &Task) -> Sql<()> {
        let (after, seq) = (Stand::of(task), task.score.seq);
        let lane = lane_of(&self.lanes, &after)?;
        self.wrote = true;
        self.bind_update(&after, task, lane)?;
        if before.checkpoint != after.checkpoint {
            self.keep_part(seq, PART_CHECKPOINT, task.checkpoint.as_ref().map(|j| j.as_str()))?;
        }
        if before.result != after.result {
            self.keep_part(seq, PART_RESULT, task.result.as_ref().map(|j| j.as_str()))?;
        }
        // The events tell, not the time of the last entry: two can have the same.
        if self.failed.take_if(|failed| *failed == seq).is_some() {
            let log = serde_json::to_string(&task.errors).map_err(|error| no_json(&error))?;
            self.keep_part(seq, PART_ERRORS, Some(&log))?;
        }
        self.held.saw(task, parts_of(task) == 0);
        if (before.place, before.timer, before.score) != (after.place, after.timer, after.score) {
            let from = lane_of(&self.lanes, before)?;
            self.leave(before, from);
            self.enter(&after, lane);
            let freed = before.is_held() && !after.is_held() && self.lanes.is_limited(from);
            // A task that goes back to its lane is told of already.
            if freed && after.place != Place::Ready {
                self.readied_now.push(from);
            }
        }
        match (before.is_open(), after.is_open()) {
            (true, false) => self.free_key(task),
            (false, true) => self.take_key(task),
            _ => Ok(()),
        }
    }

    fn bind_update(&mut self, after: &Stand, task: &Task, lane: u32) -> Sql<()> {
        let (hold, end) = (task.hold.as_ref(), task.last_end.as_ref());
        let length = hold.map(|h| i64::try_from(h.length.as_nanos()).unwrap_or(i64::MAX));
        self.sql.update_task.execute(params![
            int(task.score.seq),
            lane,
            place_number(after.place),
            task.priority.level(),
            int(task.score.major),
            task.open_parents,
            micros(task.due_at),
            task.attempt,
            task.abandons,
            int(task.fence.number()),
            hold.map(|hold| hold.holder.bits().to_be_bytes()),
            hold.map(|hold| hold.agent.as_str()),
            hold.map(|hold| hold.claim.bits().to_be_bytes()),
            length,
            hold.map(|hold| hold.suspect),
            micros(after.timer),
            end.map(|end| int(end.fence.number())),
            end.map(|end| end.claim.bits().to_be_bytes()),
            end.map(|end| end_number(end.how)),
            task.progress.as_ref().map(|progress| progress.fraction),
            task.progress.as_ref().map(|progress| progress.note.as_str()),
            parts_of(task),
            int(task.revision),
            int(task.updated_at.as_micros()),
            micros(task.assigned_at),
            micros(task.started_at),
            micros(task.ended_at),
        ])?;
        Ok(())
    }

    pub(super) fn append_row(&mut self, seq: u64, event: &TaskEvent) -> Sql<()> {
        use Change::{Failed, Rescued, Retried};
        let change = event::encode(&event.change)?;
        self.wrote = true;
        self.last_cursor += 1;
        if matches!(event.change, Retried { .. } | Failed { .. } | Rescued { .. }) {
            self.failed = Some(seq);
        }
        self.sql.append.execute(params![
            int(self.last_cursor),
            int(seq),
            int(event.number),
            int(event.at.as_micros()),
            change,
        ])?;
        Ok(())
    }
}
