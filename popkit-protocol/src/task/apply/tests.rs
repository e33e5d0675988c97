use std::time::Duration;

use super::*;
use crate::{AgentId, ClaimId, Cursor, HolderId, Outcome, TaskKind};

fn event(number: u64, change: Change) -> TaskEvent {
    let at = Timestamp::from_millis(number);
    let task = TaskId::new("t").unwrap();
    TaskEvent::new((Cursor::from_number(number), at), (task, number), change)
}

fn inserted() -> TaskEvent {
    let spec = NewTask::new(TaskId::new("t").unwrap(), TaskKind::new("k").unwrap());
    event(1, Change::Inserted { spec: Arc::new(spec), score: Score::default(), open: 0 })
}

fn claimed(number: u64, attempt: u32) -> TaskEvent {
    event(
        number,
        Change::Claimed {
            holder: HolderId::from_bits(1),
            agent: AgentId::new("a").unwrap(),
            fence: Fence::from_number(number),
            claim: ClaimId::from_bits(u128::from(number)),
            attempt,
            deadline: Timestamp::from_millis(99),
            lease: Duration::from_secs(15),
        },
    )
}

#[test]
fn a_life_replays() {
    let error = Failure::new("exit", "1");
    let events = [
        inserted(),
        claimed(2, 1),
        event(3, Change::Retried { due: Some(Timestamp::from_millis(50)), error }),
        event(4, Change::Promoted),
        claimed(5, 2),
        event(6, Change::Progressed { progress: crate::Progress::new(0.5, "half") }),
        event(7, Change::Completed { result: None }),
    ];
    let task = Task::replay(&events).unwrap().unwrap();
    assert_eq!(task.state, TaskState::Done);
    assert_eq!((task.attempt, task.errors.len(), task.revision), (2, 1, 7));
    assert_eq!(task.last_end.unwrap().how, EndKind::Done);
    assert_eq!(task.ended_at, Some(Timestamp::from_millis(7)));
}

#[test]
fn gaps_repeats_and_strangers_are_refused_and_change_nothing() {
    let mut task = Task::replay(&[inserted()]).unwrap().unwrap();
    let before = task.clone();
    assert!(matches!(task.apply(&claimed(3, 1)), Err(ReplayError::Gap { last: 1, found: 3, .. })));
    assert!(matches!(task.apply(&inserted()), Err(ReplayError::Gap { .. })));
    let done = event(2, Change::Completed { result: None });
    assert!(matches!(task.apply(&done), Err(ReplayError::Illegal { .. })));
    let mut foreign = claimed(2, 1);
    foreign.task = TaskId::new("other").unwrap();
    assert!(matches!(task.apply(&foreign), Err(ReplayError::Foreign { .. })));
    assert_eq!(task, before);
}

#[test]
fn snooze_and_release_count_no_attempt() {
    let due = Timestamp::from_millis(9);
    for change in [Change::Snoozed { due }, Change::Released] {
        let task = Task::replay(&[inserted(), claimed(2, 1), event(3, change)]).unwrap().unwrap();
        assert_eq!((task.attempt, task.state), (0, TaskState::Pending));
    }
    assert_eq!(Outcome::Release.ends(), Some(EndKind::Release));
}

#[test]
fn an_operators_pause_has_no_lease_and_a_holders_pause_keeps_it() {
    let by = Actor::Operator("ada".into());
    let aside = event(2, Change::Paused { by: by.clone(), reason: None });
    let back = event(3, Change::Resumed { by: by.clone() });
    let task = Task::replay(&[inserted(), aside, back]).unwrap().unwrap();
    assert_eq!(task.state, TaskState::Pending);

    let wait = event(3, Change::Paused { by: Actor::Holder, reason: None });
    let go_on = event(4, Change::Resumed { by });
    let task = Task::replay(&[inserted(), claimed(2, 1), wait, go_on]).unwrap().unwrap();
    assert_eq!(task.state, TaskState::Active);
    assert!(task.hold.is_some());
}
