//! What is told.

use popkit_protocol::{Json, SessionId};
use popkit_store::{Action, ChangeRequest, SqliteOptions, StateKey};
use popkit_testkit::scratch;

use super::*;

/// A life with all five channels in it.
async fn live(store: &dyn TaskStore) {
    let claimant = claimant();
    for id in ["good", "bad", "gone"] {
        store.insert(task(id).with_review()).await.unwrap();
    }
    for id in ["good", "bad"] {
        let lease = store.claim(&claimant).await.unwrap().unwrap();
        assert_eq!(lease.task.id().as_str(), id);
        let outcome = match id {
            "good" => Outcome::Done { result: Some(Json::from_text("[1]").unwrap()) },
            _ => Outcome::fail("no way"),
        };
        store.finish(&claimant, &lease, outcome).await.unwrap();
    }
    let good = TaskId::new("good").unwrap();
    store.change(ChangeRequest::new(good, Action::Approve, "op")).await.unwrap();
    store.cancel(&TaskId::new("gone").unwrap(), "op", None).await.unwrap();
}

const LIFE: [&str; 9] = [
    "tasks:new good 1",
    "tasks:new bad 1",
    "tasks:new gone 1",
    "tasks:claimed good 2",
    "tasks:updated good 3",
    "tasks:claimed bad 2",
    "tasks:failed bad 3",
    "tasks:complete good 4",
    "tasks:updated gone 2",
];

fn sorted(events: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    let mut events: Vec<_> = events.into_iter().map(|event| event.to_string()).collect();
    events.sort();
    events
}

async fn open<S: TaskStore + StateStore + Clone>(
    store: &S,
    transport: &MemoryTransport,
    options: MirrorOptions,
) -> TaskMirror {
    let (tasks, documents) = (Arc::new(store.clone()), Arc::new(store.clone()));
    TaskMirror::open(tasks, documents, Arc::new(transport.clone()), options).await.unwrap()
}

async fn tells_a_life<S: TaskStore + StateStore + Clone>(store: S) {
    let transport = MemoryTransport::new();
    live(&store).await;
    let mirror = open(&store, &transport, MirrorOptions::default()).await;
    assert_eq!(mirror.catch_up().await.unwrap(), 9);
    assert_eq!(mirror.catch_up().await.unwrap(), 0);
    let told = told(&transport, &Namespace::unnamed()).await;
    assert_eq!(sorted(told.clean().events()), sorted(LIFE));
    for topic in Topic::TASKS {
        let of = |events: &[String]| -> Vec<String> {
            let wanted = format!("{} ", topic.name());
            events.iter().filter(|event| event.starts_with(&wanted)).cloned().collect()
        };
        assert_eq!(of(&told.events()), of(&LIFE.map(str::to_owned)), "in the order of the log");
    }
    assert_eq!(told.of(&Topic::TasksComplete)[0]["result"], serde_json::json!([1]));
    assert_eq!(told.of(&Topic::TasksUpdated)[0]["status"], "review");
    assert_eq!(told.of(&Topic::TasksFailed)[0]["error"], "error: no way");
}

#[tokio::test]
async fn k7_the_five_channels_tell_the_log_of_a_memory_store() {
    tells_a_life(MemoryStore::new()).await;
}

#[tokio::test]
async fn k7_the_five_channels_tell_the_log_of_a_sqlite_store() {
    let folder = scratch();
    tells_a_life(SqliteOptions::new(folder.join("tasks.db")).open().await.unwrap()).await;
}

#[tokio::test]
async fn s3_the_id_that_is_announced_is_the_one_that_is_claimed() {
    let stage = Stage::new();
    stage.insert("t").await;
    let lease = stage.claim().await;
    stage.mirror().await.catch_up().await.unwrap();
    let told = stage.told().await;
    let announced = told.of(&Topic::TasksNew)[0]["task_id"].clone();
    assert_eq!(announced, lease.task.id().as_str());
    assert_eq!(told.of(&Topic::TasksClaimed)[0]["task_id"], announced);
}

#[tokio::test]
async fn a_session_has_its_own_channels_and_its_own_place() {
    let (store, transport) = (MemoryStore::new(), MemoryTransport::new());
    store.insert(task("t")).await.unwrap();
    let team = Namespace::of(&SessionId::new("team").unwrap());
    for namespace in [Namespace::unnamed(), team.clone()] {
        let options = MirrorOptions::default().with_namespace(namespace.clone());
        let mirror = open(&store, &transport, options).await;
        assert_eq!(mirror.catch_up().await.unwrap(), 1);
        assert_eq!(told(&transport, &namespace).await.clean().events(), ["tasks:new t 1"]);
    }
    for key in ["pop:mirror:tasks", "pop:{team}:mirror:tasks"] {
        assert!(store.load(&StateKey::new(key).unwrap()).await.unwrap().is_some(), "{key}");
    }
}

/// One step of a task's life.
async fn go_on(stage: &Stage, step: usize) {
    let change = |action| ChangeRequest::new(TaskId::new("t").unwrap(), action, "op");
    let action = match step {
        0 => return stage.insert("t").await,
        1 => {
            let lease = stage.claim().await;
            return stage.finish(&lease, Outcome::Release).await;
        }
        2 => Action::Pause { reason: None },
        3 => Action::Reprioritise { priority: 9.try_into().unwrap() },
        4 => Action::Resume,
        _ => Action::Cancel { reason: None },
    };
    stage.store.change(change(action)).await.unwrap();
}

#[tokio::test]
async fn the_status_is_that_after_the_event_also_when_the_task_has_gone_on() {
    for split in 0..6 {
        let stage = Stage::new();
        for step in 0..split {
            go_on(&stage, step).await;
        }
        stage.mirror().await.catch_up().await.unwrap();
        for step in split..6 {
            go_on(&stage, step).await;
        }
        // This one does not know the task, and the task has changed since its next event.
        stage.mirror().await.catch_up().await.unwrap();
        let told = stage.told().await;
        let updates = told.clean().of(&Topic::TasksUpdated);
        let statuses: Vec<_> = updates.iter().map(|value| &value["status"]).collect();
        assert_eq!(statuses, ["pending", "paused", "paused", "pending", "cancelled"], "{split}");
    }
}
