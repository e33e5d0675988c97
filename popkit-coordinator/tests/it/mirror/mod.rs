//! The mirror of the task log.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod events;
mod failure;
mod flaky;
mod follow;
mod restart;

use std::sync::Arc;

use popkit_coordinator::{MirrorError, MirrorOptions, TaskMirror};
use popkit_protocol::{
    Channel, Kinds, Lease, Namespace, NewTask, Outcome, Profile, RandomIds, TaskId, TaskKind, Topic,
};
use popkit_store::layer::Fault;
use popkit_store::{Claimant, MemoryStore, StateStore, TaskStore, TaskStoreExt as _};
use popkit_transport::{Event, MemoryTransport, Start, SubscribeOptions, Transport};
use serde_json::Value;

use self::flaky::Flaky;

/// A store behind a line, and a transport behind another.
struct Stage {
    store: Fault<MemoryStore>,
    transport: Flaky,
    claimant: Claimant,
}

impl Stage {
    fn new() -> Self {
        Self {
            store: Fault::new(MemoryStore::new()),
            transport: Flaky::new(MemoryTransport::new()),
            claimant: claimant(),
        }
    }

    async fn open(&self, page: usize) -> Result<TaskMirror, MirrorError> {
        let options = MirrorOptions::default().with_page(page);
        let (tasks, documents) = (Arc::new(self.store.clone()), Arc::new(self.store.clone()));
        TaskMirror::open(tasks, documents, Arc::new(self.transport.clone()), options).await
    }

    async fn mirror(&self) -> TaskMirror {
        self.open(256).await.unwrap()
    }

    async fn insert(&self, id: &str) {
        self.store.inner().insert(task(id)).await.unwrap();
    }

    async fn insert_many(&self, count: usize) {
        let tasks = (0..count).map(|n| task(&format!("t-{n}"))).collect();
        self.store.inner().insert_many(tasks).await.unwrap();
    }

    async fn claim(&self) -> Lease {
        self.store.inner().claim(&self.claimant).await.unwrap().expect("a task is ready")
    }

    async fn finish(&self, lease: &Lease, outcome: Outcome) {
        self.store.inner().finish(&self.claimant, lease, outcome).await.unwrap();
    }

    /// What a reader of all channels has been told so far.
    async fn told(&self) -> Told {
        told(&self.transport.inner, &Namespace::unnamed()).await
    }
}

fn claimant() -> Claimant {
    let agent = "a-1".try_into().unwrap();
    Claimant::new(&RandomIds, Profile::new(agent, Kinds::Any, []))
}

fn task(id: &str) -> NewTask {
    NewTask::new(TaskId::new(id).unwrap(), TaskKind::new("work").unwrap()).with_title(id)
}

/// What a reader got.
#[derive(Debug, Default)]
struct Told {
    messages: Vec<(String, Value)>,
    gaps: usize,
    duplicates: u64,
}

impl Told {
    /// Topic, task and number of every message.
    fn events(&self) -> Vec<String> {
        let show = |(topic, value): &(String, Value)| {
            let number = &value["x_popkit"]["number"];
            format!("{topic} {} {number}", value["task_id"].as_str().unwrap())
        };
        self.messages.iter().map(show).collect()
    }

    fn of(&self, topic: &Topic) -> Vec<&Value> {
        let wanted = topic.name();
        self.messages.iter().filter(|(topic, _)| *topic == wanted).map(|(_, value)| value).collect()
    }

    fn clean(&self) -> &Self {
        assert_eq!((self.gaps, self.duplicates), (0, 0));
        self
    }
}

async fn told(transport: &dyn Transport, namespace: &Namespace) -> Told {
    let channels: Vec<Channel> =
        Topic::TASKS.iter().map(|topic| namespace.channel(topic)).collect();
    let options = SubscribeOptions::default().with_start(Start::Earliest).once();
    let mut reader = transport.subscribe_opts(&channels, options).await.unwrap();
    let mut told = Told::default();
    while let Some(event) = reader.next().await.transpose().unwrap() {
        match event {
            Event::Message(message) => {
                let topic = namespace.topic(&message.channel).unwrap().name();
                told.messages.push((topic, serde_json::from_slice(&message.payload).unwrap()));
            }
            _ => told.gaps += 1,
        }
    }
    told.duplicates = reader.duplicates();
    told
}

/// All events of the store, as [`Told::events`] shows them but for the topic.
async fn log(store: &dyn TaskStore) -> Vec<String> {
    let page = store.history(popkit_store::HistoryQuery::after(Default::default())).await.unwrap();
    page.items.iter().map(|event| format!("{} {}", event.task, event.number)).collect()
}

fn without_topic(events: &[String]) -> Vec<String> {
    events.iter().map(|event| event.split_once(' ').unwrap().1.to_owned()).collect()
}
