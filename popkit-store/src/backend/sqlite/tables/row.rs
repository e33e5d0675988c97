//! A task as a row, and back.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use popkit_protocol::{
    AgentId, ClaimId, EdgePolicy, EndKind, ErrorEntry, Fence, Hold, HolderId, Json, LeaseEnd,
    NewTask, Priority, Progress, Score, Task, TaskState, Timestamp,
};
use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};
use serde::de::DeserializeOwned;

use super::nat;
use crate::backend::sqlite::classify::{Sql, corrupt};
use crate::backend::sqlite::shared::Shared;
use crate::engine::{Place, Stand};

/// The columns that [`read`] expects, in this order.
pub(in crate::backend::sqlite) const COLUMNS: &str = "seq, place, priority, major, open_parents, \
    due_at, attempt, abandons, fence, holder, agent, claim, lease, suspect, timer, end_fence, \
    end_claim, end_how, fraction, note, parts, revision, created_at, updated_at, assigned_at, \
    started_at, ended_at";

pub(super) const READY: u8 = 1;
pub(super) const ASSIGNED: u8 = 4;
pub(super) const ACTIVE: u8 = 5;
/// From here on a task has ended.
pub(super) const ENDED: u8 = 8;
/// In the counter, a task that is paused under its lease.
pub(super) const PAUSED_HELD: u8 = 11;

pub(in crate::backend::sqlite) const PART_SPEC: i64 = 0;
pub(super) const PART_CHECKPOINT: i64 = 1;
pub(super) const PART_RESULT: i64 = 2;
pub(super) const PART_ERRORS: i64 = 3;

/// The key of a part of a task's body.
pub(in crate::backend::sqlite) fn part(seq: i64, what: i64) -> i64 {
    4 * seq + what
}

/// The number of a place.
pub(super) fn place_number(place: Place) -> u8 {
    match place {
        Place::State(TaskState::Backlog) => 0,
        Place::Ready | Place::State(TaskState::Pending) => READY,
        Place::Due => 2,
        Place::Blocked => 3,
        Place::State(TaskState::Assigned) => ASSIGNED,
        Place::State(TaskState::Active) => ACTIVE,
        Place::State(TaskState::Paused) => 6,
        Place::State(TaskState::Review) => 7,
        Place::State(TaskState::Done) => ENDED,
        Place::State(TaskState::Failed) => 9,
        Place::State(_) => 10,
    }
}

/// The number that a task counts in.
pub(super) fn counter_number(stand: &Stand) -> u8 {
    match stand.place {
        Place::State(TaskState::Paused) if stand.is_held() => PAUSED_HELD,
        place => place_number(place),
    }
}

/// The place that tasks of this number in the counter are at.
pub(in crate::backend::sqlite) fn counted_place(number: u8) -> Option<Place> {
    match number {
        PAUSED_HELD => Some(Place::State(TaskState::Paused)),
        number => all_places().get(usize::from(number)).copied(),
    }
}

/// Every place, by its number.
fn all_places() -> [Place; 11] {
    [
        Place::State(TaskState::Backlog),
        Place::Ready,
        Place::Due,
        Place::Blocked,
        Place::State(TaskState::Assigned),
        Place::State(TaskState::Active),
        Place::State(TaskState::Paused),
        Place::State(TaskState::Review),
        Place::State(TaskState::Done),
        Place::State(TaskState::Failed),
        Place::State(TaskState::Cancelled),
    ]
}

fn state_of(place: Place) -> TaskState {
    match place {
        Place::State(state) => state,
        Place::Ready | Place::Due | Place::Blocked => TaskState::Pending,
    }
}

/// The places of these states, a bit each; of no states, of all.
pub(in crate::backend::sqlite) fn mask_of(states: &BTreeSet<TaskState>) -> i64 {
    if states.is_empty() {
        return -1;
    }
    let wanted = (0..).zip(all_places()).filter(|(_, place)| states.contains(&state_of(*place)));
    wanted.fold(0, |mask, (number, _)| mask | 1 << number)
}

const ENDS: [EndKind; 7] = [
    EndKind::Done,
    EndKind::Retry,
    EndKind::Fail,
    EndKind::Snooze,
    EndKind::Release,
    EndKind::Cancel,
    EndKind::Taken,
];

pub(super) fn end_number(how: EndKind) -> i64 {
    (0..).zip(ENDS).find(|(_, end)| *end == how).map_or(-1, |(number, _)| number)
}

const POLICIES: [EdgePolicy; 4] =
    [EdgePolicy::Block, EdgePolicy::Cancel, EdgePolicy::Run, EdgePolicy::Ignore];

pub(super) fn policy_number(policy: EdgePolicy) -> i64 {
    (0..).zip(POLICIES).find(|(_, one)| *one == policy).map_or(-1, |(number, _)| number)
}

pub(super) fn policy(number: i64) -> Sql<EdgePolicy> {
    let found = usize::try_from(number).ok().and_then(|number| POLICIES.get(number));
    found.copied().ok_or_else(|| corrupt(format!("edge policy {number}")))
}

fn small(number: i64) -> Sql<u32> {
    u32::try_from(number).map_err(|_| corrupt(format!("{number} where a small number belongs")))
}

fn time(micros: Option<i64>) -> Sql<Option<Timestamp>> {
    micros.map(|micros| nat(micros).map(Timestamp::from_micros)).transpose()
}

pub(super) fn bits(value: ValueRef<'_>) -> Sql<u128> {
    let found = value.as_blob().ok().and_then(|blob| <[u8; 16]>::try_from(blob).ok());
    found.map(u128::from_be_bytes).ok_or_else(|| corrupt("an id that does not have 128 bits"))
}

/// Reads the JSON text of a part.
fn body<T: DeserializeOwned>(body: &mut Statement<'_>, key: i64) -> Sql<T> {
    let mut rows = body.query([key])?;
    let Some(row) = rows.next()? else {
        return Err(corrupt(format!("part {key} of a task's body is missing")));
    };
    let text = row.get_ref(0)?.as_str().map_err(|e| corrupt(e.to_string()))?;
    serde_json::from_str(text).map_err(|e| corrupt(format!("part {key} of a task's body: {e}")))
}

/// The task as it was inserted, from the cache or the table.
fn first(shared: &Shared, parts: &mut Statement<'_>, seq: i64, created: Timestamp) -> Sql<Task> {
    let number = nat(seq)?;
    if let Some(first) = shared.specs().get(number) {
        return Ok(first);
    }
    let spec: NewTask = body(parts, part(seq, PART_SPEC))?;
    let first = Task::inserted(Arc::new(spec), Score::default(), 0, created);
    shared.specs().put(number, first.clone());
    Ok(first)
}

/// The spec of a task.
pub(in crate::backend::sqlite) fn spec(
    shared: &Shared,
    parts: &mut Statement<'_>,
    seq: i64,
) -> Sql<Arc<NewTask>> {
    Ok(first(shared, parts, seq, Timestamp::EPOCH)?.spec)
}

/// Reads a row of [`COLUMNS`]; `parts` selects a part of the body.
pub(in crate::backend::sqlite) fn read(
    row: &Row<'_>,
    parts: &mut Statement<'_>,
    shared: &Shared,
) -> Sql<Task> {
    let seq: i64 = row.get(0)?;
    let created = Timestamp::from_micros(nat(row.get(22)?)?);
    let mut task = first(shared, parts, seq, created)?;
    let place: i64 = row.get(1)?;
    let known = usize::try_from(place).ok().and_then(|place| all_places().get(place).copied());
    task.state = state_of(known.ok_or_else(|| corrupt(format!("a task in place {place}")))?);
    let level = u8::try_from(row.get::<_, i64>(2)?);
    task.priority = Priority::raw(level.map_err(|_| corrupt("a priority above 255"))?);
    task.score = Score { major: nat(row.get(3)?)?, seq: nat(seq)? };
    task.open_parents = small(row.get(4)?)?;
    task.due_at = time(row.get(5)?)?;
    task.attempt = small(row.get(6)?)?;
    task.abandons = small(row.get(7)?)?;
    task.fence = Fence::from_number(nat(row.get(8)?)?);
    task.hold = hold(row, task.fence)?;
    task.last_end = end(row)?;
    task.progress = match row.get_ref(19)? {
        ValueRef::Null => None,
        note => {
            let note = note.as_str().map_err(|e| corrupt(e.to_string()))?;
            Some(Progress::new(row.get::<_, Option<f64>>(18)?.unwrap_or_default(), note))
        }
    };
    let kept: i64 = row.get(20)?;
    let has = |what: i64| kept >> what & 1 == 1;
    if kept != 0 {
        if has(PART_CHECKPOINT) {
            task.checkpoint = Some(body::<Json>(parts, part(seq, PART_CHECKPOINT))?);
        }
        if has(PART_RESULT) {
            task.result = Some(body::<Json>(parts, part(seq, PART_RESULT))?);
        }
        if has(PART_ERRORS) {
            task.errors = body::<Vec<ErrorEntry>>(parts, part(seq, PART_ERRORS))?;
        }
    }
    task.revision = nat(row.get(21)?)?;
    task.created_at = created;
    task.updated_at = Timestamp::from_micros(nat(row.get(23)?)?);
    task.assigned_at = time(row.get(24)?)?;
    task.started_at = time(row.get(25)?)?;
    task.ended_at = time(row.get(26)?)?;
    Ok(task)
}

/// Which parts a task has, a bit each.
pub(super) fn parts_of(task: &Task) -> i64 {
    i64::from(task.checkpoint.is_some()) << PART_CHECKPOINT
        | i64::from(task.result.is_some()) << PART_RESULT
        | i64::from(!task.errors.is_empty()) << PART_ERRORS
}

fn agent(value: ValueRef<'_>) -> Sql<AgentId> {
    let text = value.as_str().map_err(|e| corrupt(e.to_string()))?;
    AgentId::new(text).map_err(|e| corrupt(e.to_string()))
}

fn hold(row: &Row<'_>, fence: Fence) -> Sql<Option<Hold>> {
    let holder = row.get_ref(9)?;
    if holder == ValueRef::Null {
        return Ok(None);
    }
    let holder = HolderId::from_bits(bits(holder)?);
    let claim = ClaimId::from_bits(bits(row.get_ref(11)?)?);
    let length = Duration::from_nanos(nat(row.get(12)?)?);
    // A held task's timer is the deadline of its lease.
    let deadline = Timestamp::from_micros(nat(row.get(14)?)?);
    let mut hold = Hold::new((holder, agent(row.get_ref(10)?)?), (fence, claim), deadline, length);
    hold.suspect = row.get::<_, i64>(13)? != 0;
    Ok(Some(hold))
}

fn end(row: &Row<'_>) -> Sql<Option<LeaseEnd>> {
    /// A lease's end is made from a hold, and a hold has an agent; it goes no further.
    static NOBODY: LazyLock<Option<AgentId>> = LazyLock::new(|| AgentId::new("nobody").ok());
    let Some(fence) = row.get::<_, Option<i64>>(15)? else { return Ok(None) };
    let pair = (Fence::from_number(nat(fence)?), ClaimId::from_bits(bits(row.get_ref(16)?)?));
    let number: i64 = row.get(17)?;
    let how = usize::try_from(number).ok().and_then(|number| ENDS.get(number));
    let how = how.ok_or_else(|| corrupt(format!("a lease that ended by {number}")))?;
    let Some(nobody) = NOBODY.clone() else { return Ok(None) };
    let owner = (HolderId::from_bits(0), nobody);
    let hold = Hold::new(owner, pair, Timestamp::EPOCH, Duration::ZERO);
    Ok(Some(LeaseEnd::of(&hold, *how)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_their_numbers_agree() {
        for (number, place) in (0..).zip(all_places()) {
            assert_eq!(place_number(place), number);
            let ended = matches!(place, Place::State(state) if state.is_terminal());
            assert_eq!(number >= ENDED, ended, "{place:?}");
        }
        assert_eq!(place_number(Place::Ready), READY);
        assert_eq!(counted_place(PAUSED_HELD), Some(Place::State(TaskState::Paused)));
        assert_eq!(counted_place(PAUSED_HELD + 1), None);
        for state in TaskState::ALL {
            assert!(all_places().iter().any(|place| state_of(*place) == state), "{state}");
        }
        assert_eq!(mask_of(&[].into()), -1);
        assert_eq!(mask_of(&[TaskState::Pending].into()), 0b1110);
        assert_eq!(mask_of(&[TaskState::Done, TaskState::Backlog].into()), 0b1_0000_0001);
    }

    #[test]
    fn ends_and_policies_survive_their_numbers() {
        for how in ENDS {
            assert_eq!(ENDS[usize::try_from(end_number(how)).unwrap()], how);
        }
        for one in POLICIES {
            assert_eq!(policy(policy_number(one)).unwrap(), one);
        }
        assert!(policy(-1).is_err() && policy(4).is_err());
        assert!(bits(ValueRef::Blob(&[1; 15])).is_err());
    }
}
