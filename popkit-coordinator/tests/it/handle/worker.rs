//! A worker that belongs to a session.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_coordinator::machine::{Content, Doc, Event, Input, TaskChange, TaskNews};
use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker};
use popkit_protocol::message::{ObjectiveUpdate, PhaseStart, SyncMessage, SyncRequest};
use popkit_protocol::{InsightKind, Message, NewTask, Outcome, Party, TaskKind, TaskState};
use popkit_store::{MemoryOptions, MemoryStore, TaskStoreExt as _};

use super::{Stage, id};
use crate::worker::{RuntimeClock, secs};

/// Shares what it finds, works for a while, and fails where its task says so.
struct Finder;

#[async_trait]
impl Agent for Finder {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        let session = cx.session().expect("the worker belongs to one");
        session.share(InsightKind::Discovery, cx.id().as_str(), ["parser"]).await.unwrap();
        cx.progress(0.5, "half").await.unwrap();
        let state = session.state();
        assert_eq!(state.current_task.as_deref(), Some(cx.task().spec.title.as_str()));
        assert!((state.progress - 0.5).abs() < f64::EPSILON);
        tokio::time::sleep(secs(40)).await;
        match cx.task().spec.title.as_str() {
            "bad" => Outcome::fail("it is bad"),
            _ => Outcome::done(&1).unwrap(),
        }
    }
}

fn task(name: &str) -> NewTask {
    let kind = TaskKind::new("find").unwrap();
    NewTask::new(popkit_protocol::TaskId::new(name).unwrap(), kind).with_title(name)
}

#[tokio::test(start_paused = true)]
async fn a_worker_tells_what_it_works_on_and_how_it_ends() {
    let stage = Stage::new();
    let (boss, agents) = stage.begun(&["one"]).await;
    let store: MemoryStore = MemoryOptions::default().clock(RuntimeClock::new()).open();
    for name in ["good", "bad"] {
        store.insert(task(name)).await.unwrap();
    }
    let worker = Worker::builder("one").session(agents[0].clone());
    let worker = worker.build(Arc::new(store), Arc::new(Finder)).unwrap();
    let shutdown = Shutdown::new();
    let watch = async {
        let works = |told: &super::boss::Told| {
            let doc = told.machine.document(&Doc::Agent(id("one")));
            matches!(&doc, Some(Content::Map(map)) if format!("{map:?}").contains("good"))
        };
        boss.until("a heartbeat with the task", works).await;
        boss.until("two results", |told| results(told) == 2).await;
        shutdown.drain();
    };
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), watch);
    let report = report.unwrap();
    assert_eq!((report.done, report.failed), (1, 1));
    assert_eq!(agents[0].state().current_task, None);
    let snapshot = boss.told().machine.snapshot().unwrap();
    assert!(snapshot.as_str().contains("it is bad"), "the result says why");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_attends_its_session_goes_through_it_to_the_end() {
    let stage = Stage::new();
    let boss = stage.lead(&["first", "second"], |_| {});
    let agent = stage.join("one").await;
    // Tasks of both phases, as the log of a store tells them.
    let store: MemoryStore = MemoryOptions::default().clock(RuntimeClock::new()).open();
    let news = |task: &str, number, change| {
        let task = popkit_protocol::TaskId::new(task).unwrap();
        boss.give(Input::Task(TaskNews { task, number, change }));
    };
    for (name, phase) in [("a", 0), ("b", 1)] {
        let tags = BTreeSet::new();
        news(name, 1, TaskChange::Inserted { phase: Some(phase), tags });
    }
    let worker = Worker::builder("one").session(agent.clone());
    let worker = worker.build(Arc::new(store.clone()), Arc::new(Finder)).unwrap();
    let shutdown = Shutdown::new();
    let phases = async {
        for (phase, name) in [(0, "a"), (1, "b")] {
            let began = u32::try_from(phase).unwrap();
            boss.saw(&Event::PhaseBegan { phase: began }).await;
            store.insert(task(name)).await.unwrap();
            boss.until("its result", |told| results(told) == phase + 1).await;
            news(name, 2, TaskChange::Ended { state: TaskState::Done });
        }
    };
    let (report, ended, ()) =
        tokio::join!(worker.run_until(&shutdown), agent.attend(&shutdown), phases);
    assert_eq!(report.unwrap().done, 2);
    assert!(ended.unwrap().unwrap().is_complete());
    assert_eq!(boss.count(|event| matches!(event, Event::BarrierShrunk { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn a_phase_that_begins_while_a_task_runs_does_not_hide_that_it_runs() {
    let stage = Stage::new();
    let agent = stage.join("one").await;
    let store: MemoryStore = MemoryOptions::default().clock(RuntimeClock::new()).open();
    store.insert(task("good")).await.unwrap();
    let worker = Worker::builder("one").session(agent.clone());
    let worker = worker.build(Arc::new(store), Arc::new(Finder)).unwrap();
    let shutdown = Shutdown::new();
    let watch = async {
        tokio::time::sleep(secs(5)).await;
        let welcome = [
            Message::Sync(SyncMessage::Request(SyncRequest::new("merge", [id("one")], "wait"))),
            Message::ObjectiveUpdate(ObjectiveUpdate::Phase(PhaseStart::new("work", 0))),
        ];
        for message in welcome {
            stage.send(Party::Coordinator, Party::Agent(id("one")), message).await;
        }
        tokio::time::sleep(secs(20)).await;
        assert_eq!(agent.state().current_task.as_deref(), Some("good"));
        assert_eq!(stage.said("SYNC_ACK").await.len(), 0, "its work is not finished");
        tokio::time::sleep(secs(20)).await;
        assert_eq!(stage.said("SYNC_ACK").await.len(), 1);
        shutdown.drain();
    };
    let (report, ended, ()) =
        tokio::join!(worker.run_until(&shutdown), agent.attend(&shutdown), watch);
    assert_eq!((report.unwrap().done, ended.unwrap()), (1, None));
}

/// How many results the session has.
fn results(told: &super::boss::Told) -> usize {
    let snapshot = told.machine.snapshot().unwrap();
    snapshot.as_str().matches("\"success\":").count()
}
