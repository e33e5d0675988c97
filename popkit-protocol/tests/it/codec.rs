//! What is written is read back, to the letter.

use std::fmt::Debug;

use popkit_protocol::{Cursor, LeaseToken, TaskEvent, TaskMetrics, Timestamp, limits};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::strategies::{change, life, new_task, requirement, task_id, timestamp};

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> TestCaseResult {
    let text = serde_json::to_string(value).unwrap();
    match serde_json::from_str::<T>(&text) {
        Ok(back) => prop_assert_eq!(&back, value, "written as {}", text),
        Err(e) => return Err(TestCaseError::fail(format!("{e} in {text}"))),
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_new_task_survives_its_text(task in new_task()) {
        prop_assert_eq!(limits::check_new_task(&task), Ok(()));
        survives(&task)?;
        survives(&task.requirement())?;
    }

    #[test]
    fn every_event_survives_its_text(
        change in change(), at in timestamp(), id in task_id(), number in any::<u64>(),
    ) {
        survives(&TaskEvent::new((Cursor::from_number(number), at), (id, number), change))?;
    }

    #[test]
    fn every_task_survives_its_text(life in life(), suspect in any::<bool>()) {
        let mut task = life.task;
        if let Some(hold) = &mut task.hold {
            hold.suspect = suspect;
            let (fence, claim) = (hold.fence, hold.claim);
            survives(&LeaseToken { task: task.spec.id.clone(), fence, claim })?;
        }
        survives(&TaskMetrics::of(&task))?;
        survives(&task)?;
    }

    #[test]
    fn every_requirement_survives_its_text(wants in requirement()) {
        survives(&wants)?;
        survives(&wants.lane())?;
    }
}

/// Stores see events of later versions: what they do not know must not stop them.
#[test]
fn unknown_fields_are_ignored() {
    let text = r#"{"cursor": 1, "task": "t", "number": 2, "at": "2026-01-01T00:00:00Z",
        "change": {"snoozed": {"due": "2026-01-01T01:00:00+01:00", "later": 1}}, "x": {}}"#;
    let event: TaskEvent = serde_json::from_str(text).unwrap();
    let popkit_protocol::Change::Snoozed { due } = event.change else { panic!("{event:?}") };
    assert_eq!(due, event.at);
    assert_eq!(due, "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
}
