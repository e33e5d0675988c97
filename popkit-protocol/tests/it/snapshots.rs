//! The stored form, event by event. A change here is a change of every store's data: it
//! needs a migration, not merely a new snapshot.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{
    Actor, AgentId, Backoff, Capability, Change, ClaimId, Cursor, EdgePolicy, FailCause, Failure,
    Fence, HolderId, Json, Need, NewTask, Priority, Progress, RetryPolicy, Score, TaskEvent,
    TaskId, TaskKind, Timestamp, UniqueKey,
};

fn id(text: &str) -> TaskId {
    TaskId::new(text).unwrap()
}

fn json(text: &str) -> Json {
    Json::from_text(text).unwrap()
}

/// 2026-01-01T00:00:00Z and so many seconds.
fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000).after(Duration::from_secs(secs))
}

/// A task with every field set.
fn new_task() -> NewTask {
    let (base, max) = (Duration::from_secs(1), Duration::from_secs(300));
    NewTask::new(id("task-1"), TaskKind::new("review.pr@2").unwrap())
        .with_title("Look at it")
        .with_description("All of it,\n\"carefully\".")
        .with_payload(json(r#"{"pr": 17, "ratio": 1.0}"#))
        .with_tags(["fast", "Ünïcode"])
        .with_requires(["lang:rust", "gpu"].map(|c| Capability::new(c).unwrap()))
        .with_agent(AgentId::new("ada").unwrap())
        .with_priority(Priority::raw(7))
        .with_needs([Need::from(id("task-0")), Need::new(id("Task-0"), EdgePolicy::Run)])
        .with_retry(RetryPolicy::attempts(5).with_backoff(Backoff::Exponential { base, max }))
        .with_max_abandons(2)
        .with_not_before(at(60))
        .with_timeout(Duration::from_secs(5400))
        .with_progress_every(Duration::from_millis(1500))
        .with_unique(UniqueKey::new("pr 17").unwrap())
        .with_review()
        .in_backlog()
}

fn claimed() -> Change {
    Change::Claimed {
        holder: HolderId::from_bits(0xa1),
        agent: AgentId::new("ada").unwrap(),
        fence: Fence::from_number(1_767_225_600_000_000),
        claim: ClaimId::from_bits(0xc1),
        attempt: 1,
        deadline: at(15),
        lease: Duration::from_secs(15),
    }
}

/// One of each variant. `Change` is open to new ones, so nothing but this list and its
/// count keeps it complete.
fn changes() -> [Change; 20] {
    let operator = || Actor::Operator("ada".to_owned());
    let reason = Some("not \"needed\"".to_owned());
    let score = Score { major: 272_678_883_688_448, seq: 42 };
    let error = || Failure::new("exit", "status 1");
    [
        Change::Inserted { spec: Arc::new(new_task()), score, open: 2 },
        Change::Enqueued,
        Change::ParentEnded { parent: id("task-0"), open: 1 },
        Change::Promoted,
        claimed(),
        Change::Progressed { progress: Progress::new(0.25, "reading") },
        Change::Checkpointed { value: json(r#"{"page": 3}"#) },
        Change::Completed { result: Some(json(r#"["ok", 1.0]"#)) },
        Change::Retried { due: Some(at(30)), error: error() },
        Change::Snoozed { due: at(30) },
        Change::Released,
        Change::Failed { cause: FailCause::Attempts, error: error() },
        Change::Rescued { holder: HolderId::from_bits(0xa1) },
        Change::Cancelled { by: Actor::Parent(id("task-0")), reason: reason.clone() },
        Change::Paused { by: Actor::Holder, reason: reason.clone() },
        Change::Resumed { by: operator() },
        Change::Requeued { by: operator() },
        Change::Approved { by: operator() },
        Change::Rejected { by: operator(), reason },
        Change::Reprioritised { priority: Priority::raw(9), score },
    ]
}

fn events() -> impl Iterator<Item = TaskEvent> {
    (1..).zip(changes()).map(|(number, change)| {
        TaskEvent::new(
            (Cursor::from_number(100 + number), at(number)),
            (id("task-1"), number),
            change,
        )
    })
}

#[test]
fn the_stored_form_of_a_new_task() {
    insta::assert_snapshot!("new_task", serde_json::to_string_pretty(&new_task()).unwrap());
}

#[test]
fn the_stored_form_of_every_event() {
    for event in events() {
        let name = format!("event_{}", event.change.name());
        insta::assert_snapshot!(name, serde_json::to_string_pretty(&event).unwrap());
    }
}

/// The name is the tag: listings and filters go by it.
#[test]
fn every_event_is_stored_under_its_name() {
    let names: std::collections::BTreeSet<_> = changes().iter().map(Change::name).collect();
    assert_eq!(names.len(), changes().len(), "one of each");
    for change in changes() {
        let text = serde_json::to_string(&change).unwrap();
        assert!(text.contains(&format!("\"{}\"", change.name())), "{text}");
    }
}

#[test]
fn every_stored_form_is_read_back() {
    for event in events() {
        let text = serde_json::to_string_pretty(&event).unwrap();
        let back = serde_json::from_str::<TaskEvent>(&text);
        assert_eq!(back.unwrap_or_else(|e| panic!("{e} in {text}")), event);
    }
}
