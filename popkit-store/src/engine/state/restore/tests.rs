use popkit_protocol::{NewTask, ScoreMode, TaskId, Timestamp};

use super::*;
use crate::engine::{change, insert, maintain};
use crate::{Action, ChangeRequest, HistoryQuery};

const NOW: Timestamp = Timestamp::EPOCH;

fn id(name: &str) -> TaskId {
    TaskId::new(name).unwrap()
}

fn new(name: &str) -> NewTask {
    NewTask::new(id(name), "k".try_into().unwrap())
}

fn again(state: &EngineState) -> EngineState {
    let mut restored = EngineState::new();
    for event in state.history(&HistoryQuery::default()).items {
        restored.restore(event).unwrap();
    }
    restored.finish_restore();
    restored
}

/// An edge that inserting never kept must not come to be by restoring, or it would be
/// followed in place of one that is open.
#[test]
fn edges_are_those_that_inserting_kept() {
    for policy in [EdgePolicy::Ignore, EdgePolicy::Run] {
        let mut state = EngineState::new();
        insert(&mut state, NOW, ScoreMode::Strict, vec![new("bad"), new("open")]).unwrap();
        let cancel = ChangeRequest::new(id("bad"), Action::Cancel { reason: None }, "test");
        change(&mut state, NOW, ScoreMode::Strict, cancel).unwrap();
        let child = new("child")
            .with_needs([Need::new(id("bad"), policy), Need::new(id("open"), EdgePolicy::Block)]);
        insert(&mut state, NOW, ScoreMode::Strict, vec![child]).unwrap();
        let mut restored = again(&state);
        maintain(&mut restored, NOW).unwrap();
        assert_eq!(restored.get(&id("child")), state.get(&id("child")));
        assert_eq!(restored.get(&id("child")).unwrap().open_parents, 1);
    }
}

/// What was cut off between the end of a parent and its edges is carried on.
#[test]
fn edges_of_an_ended_parent_are_followed_after_restoring() {
    let mut state = EngineState::new();
    let child = new("child").with_needs([Need::new(id("p"), EdgePolicy::Cancel)]);
    insert(&mut state, NOW, ScoreMode::Strict, vec![child, new("p")]).unwrap();
    let cancel = ChangeRequest::new(id("p"), Action::Cancel { reason: None }, "test");
    change(&mut state, NOW, ScoreMode::Strict, cancel).unwrap();
    let mut restored = EngineState::new();
    let mut events = state.history(&HistoryQuery::default()).items;
    assert_eq!(events.pop().unwrap().task, id("child"), "the cancellation of the child");
    for event in events {
        restored.restore(event).unwrap();
    }
    restored.finish_restore();
    maintain(&mut restored, NOW).unwrap();
    assert_eq!(restored.get(&id("child")).unwrap().state, TaskState::Cancelled);
}
