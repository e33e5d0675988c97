use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Actor, AgentId, ClaimId, Cursor, FailCause, Failure, Fence, HolderId, NewTask, Priority,
    Progress, Score, TaskId, Timestamp,
};

use super::*;

const AT: Timestamp = Timestamp::from_micros(1_767_225_600_000_001);

fn inserted(spec: NewTask) -> Change {
    let score = popkit_protocol::ScoreMode::default().score(spec.priority, AT, 1);
    Change::Inserted { spec: Arc::new(spec), score, open: 0 }
}

fn spec() -> NewTask {
    NewTask::new(TaskId::new("t-1").unwrap(), "build".try_into().unwrap())
        .with_title("Build \"it\"")
}

fn claimed() -> Change {
    Change::Claimed {
        holder: HolderId::from_bits(1),
        agent: AgentId::new("a-1").unwrap(),
        fence: Fence::from_number(1),
        claim: ClaimId::from_bits(1),
        attempt: 1,
        deadline: AT,
        lease: Duration::from_secs(15),
    }
}

fn result() -> Option<Json> {
    Some(Json::from_text(r#"{"ok": true}"#).unwrap())
}

fn failed() -> Change {
    Change::Failed { cause: FailCause::Fatal, error: Failure::new("error", "no compiler") }
}

fn score() -> Score {
    popkit_protocol::ScoreMode::default().score(Priority::NORMAL, AT, 1)
}

/// Applies these changes one after the other and tells each.
fn told(spec: NewTask, changes: impl IntoIterator<Item = Change>) -> Vec<(String, String)> {
    let mut task = Task::inserted(Arc::new(spec.clone()), score(), 0, AT);
    let mut all = Vec::new();
    for (number, change) in (1..).zip([inserted(spec)].into_iter().chain(changes)) {
        let place = (Cursor::from_number(number), AT);
        let event = TaskEvent::new(place, (task.id().clone(), number), change);
        if number > 1 {
            task.apply(&event).unwrap();
        }
        let topic = topic(&event.change, task.state);
        let text = payload(&topic, &event, &task).unwrap();
        all.push((topic.name(), String::from_utf8(text).unwrap()));
    }
    all
}

fn topics(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(topic, _)| topic.strip_prefix("tasks:").unwrap()).collect()
}

#[test]
fn each_channel_has_the_keys_of_the_predecessors_in_their_order() {
    let done = told(spec(), [claimed(), Change::Completed { result: result() }]);
    let text = |told: &[(String, String)], at: usize| told[at].1.clone();
    let time = r#""timestamp":"2026-01-01T00:00:00.000001""#;
    assert_eq!(
        text(&done, 0),
        format!(
            r#"{{"task_id":"t-1","title":"Build \"it\"","type":"build","priority":5,{time},"x_popkit":{{"event":"inserted","number":1}}}}"#
        )
    );
    assert_eq!(
        text(&done, 1),
        format!(
            r#"{{"task_id":"t-1","agent":"a-1",{time},"x_popkit":{{"event":"claimed","number":2}}}}"#
        )
    );
    assert_eq!(
        text(&done, 2),
        format!(
            r#"{{"task_id":"t-1","result":{{"ok": true}},{time},"x_popkit":{{"event":"completed","number":3}}}}"#
        )
    );
    let lost = told(spec(), [claimed(), failed()]);
    assert_eq!(
        text(&lost, 2),
        format!(
            r#"{{"task_id":"t-1","error":"error: no compiler",{time},"x_popkit":{{"event":"failed","number":3}}}}"#
        )
    );
    let back = told(spec(), [claimed(), Change::Released]);
    assert_eq!(
        text(&back, 2),
        format!(
            r#"{{"task_id":"t-1","status":"pending","result":null,{time},"x_popkit":{{"event":"released","number":3}}}}"#
        )
    );
}

#[test]
fn k7_every_change_goes_to_one_channel() {
    let by = || Actor::Operator("op".to_owned());
    let progress = || Change::Progressed { progress: Progress::new(0.5, "half") };
    let reviewed = told(
        spec().with_review().in_backlog(),
        [
            Change::Enqueued,
            Change::Paused { by: by(), reason: None },
            Change::Resumed { by: by() },
            Change::Reprioritised { priority: Priority::NORMAL, score: score() },
            claimed(),
            Change::Checkpointed { value: Json::null() },
            progress(),
            Change::Paused { by: Actor::Holder, reason: None },
            Change::Resumed { by: by() },
            Change::Completed { result: result() },
            Change::Rejected { by: by(), reason: None },
            claimed(),
            Change::Completed { result: result() },
            Change::Approved { by: by() },
        ],
    );
    let expected = "new updated updated updated updated claimed updated updated updated updated \
                    updated updated claimed updated complete";
    assert_eq!(topics(&reviewed), expected.split_whitespace().collect::<Vec<_>>());
    let status = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        value.get("status").map(|status| status.as_str().unwrap().to_owned())
    };
    let statuses: Vec<_> = reviewed.iter().filter_map(|(_, text)| status(text)).collect();
    let expected = "pending paused pending pending assigned active paused active review pending \
                    review";
    assert_eq!(statuses, expected.split_whitespace().collect::<Vec<_>>());
    assert!(reviewed[13].1.contains(r#""result":{"ok": true}"#), "work that waits for a review");
    assert!(reviewed[14].1.contains(r#""result":{"ok": true}"#), "approved work");

    let rough = told(
        spec(),
        [
            claimed(),
            Change::Retried { due: Some(AT), error: Failure::new("error", "x") },
            Change::Promoted,
            claimed(),
            Change::Snoozed { due: AT },
            Change::Promoted,
            claimed(),
            Change::Rescued { holder: HolderId::from_bits(1) },
            claimed(),
            failed(),
            Change::Requeued { by: by() },
            Change::ParentEnded { parent: TaskId::new("p").unwrap(), open: 0 },
        ],
    );
    let expected = "new claimed updated updated claimed updated updated claimed updated claimed \
                    failed updated updated";
    assert_eq!(topics(&rough), expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn s7_a_cancel_is_not_announced_as_new() {
    let by = Actor::Operator("op".to_owned());
    let told = told(spec(), [Change::Cancelled { by, reason: None }]);
    assert_eq!(told[1].0, "tasks:updated");
    assert!(told[1].1.contains(r#""status":"cancelled""#), "{}", told[1].1);
}
