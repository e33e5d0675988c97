//! The log and the record cannot part.

use std::collections::BTreeSet;

use popkit_protocol::{Change, Task, TaskEvent, TaskState, limits};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::strategies::{Life, life};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_log_replays_to_the_same_task(life in life()) {
        prop_assert_eq!(Task::replay(&life.log), Ok(Some(life.task)));
    }

    #[test]
    fn a_log_that_was_written_and_read_replays_to_the_same_task(life in life()) {
        let lines: Vec<String> =
            life.log.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let log: Result<Vec<TaskEvent>, _> =
            lines.iter().map(|line| serde_json::from_str(line)).collect();
        let log = log.map_err(|e| TestCaseError::fail(format!("{e} in {lines:?}")))?;
        prop_assert_eq!(Task::replay(&log), Ok(Some(life.task)));
    }

    #[test]
    fn a_log_with_a_gap_or_a_repeat_is_refused(life in life(), at in any::<prop::sample::Index>()) {
        let at = at.index(life.log.len());
        let mut repeat = life.log.clone();
        repeat.insert(at, life.log[at].clone());
        prop_assert!(Task::replay(&repeat).is_err());
        let mut gap = life.log.clone();
        gap.remove(at);
        // Without its last event a log is merely shorter.
        prop_assert_eq!(Task::replay(&gap).is_ok(), at + 1 == life.log.len());
    }

    #[test]
    fn what_holds_in_every_life(life in life()) {
        let Life { task, log, refused } = life;
        let held = matches!(task.state, TaskState::Assigned | TaskState::Active);
        prop_assert!(!held || task.hold.is_some(), "a lease belongs to {}", task.state);
        let may = held || task.state == TaskState::Paused;
        prop_assert!(may || task.hold.is_none(), "no lease belongs to {}", task.state);
        prop_assert_eq!(task.ended_at.is_some(), task.state.is_terminal());
        prop_assert!(task.errors.len() <= limits::ERROR_LOG);
        prop_assert_eq!(task.revision, log.len() as u64);
        let last = log.last().map(|event| event.at);
        prop_assert_eq!(Some(task.updated_at), last);
        prop_assert_eq!(task.pending().is_some(), task.state == TaskState::Pending);
        let again = |change: &Change| matches!(change, Change::Inserted { .. });
        prop_assert!(!log.iter().skip(1).any(|event| again(&event.change)));
        prop_assert!(refused.iter().all(|change| !change.name().is_empty()));
    }
}

/// The properties above say little of lives that end at once.
#[test]
fn lives_reach_every_state_and_take_every_change() {
    let (mut states, mut taken) = (BTreeSet::new(), BTreeSet::new());
    let (mut runner, life) = (TestRunner::deterministic(), life());
    for _ in 0..128 {
        let Life { log, task, .. } = life.new_tree(&mut runner).unwrap().current();
        states.insert(task.state);
        taken.extend(log.iter().map(|event| event.change.name()));
    }
    assert_eq!(states.len(), TaskState::ALL.len(), "{states:?}");
    assert_eq!(taken.len(), 20, "{taken:?}");
}
