//! Cancelling, and other changes.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::interface::InterfaceAgent;
use popkit_coordinator::{Shutdown, StopReason, TaskContext, Worker};
use popkit_protocol::{Change, TaskState};
use popkit_store::{MemoryOptions, TaskStore, TaskStoreExt as _};
use tokio::time::sleep;

use super::{ask, desk, refused};
use crate::supervisor::{Stage, id, task};
use crate::worker::{Diary, RuntimeClock, does};

#[tokio::test]
async fn s7_a_cancelled_task_leaves_its_queue() {
    for stage in Stage::both().await {
        stage.store.insert(task("a", &[])).await.unwrap();
        let desk = desk(&stage);
        assert_eq!(ask(&desk, "cancel a not needed").await.text, "task a is cancelled now");
        let claimant = crate::supervisor::claimant(&["a"]);
        assert_eq!(stage.store.claim(&claimant).await.unwrap(), None);
        let events = stage.store.events_of(&id("a")).await.unwrap();
        let names: Vec<&str> = events.iter().map(|event| event.change.name()).collect();
        assert_eq!(names, ["inserted", "cancelled"], "and is told as nothing else");
        let Change::Cancelled { by, reason } = &events[1].change else { panic!() };
        assert_eq!((by.to_string(), reason.as_deref()), ("desk".to_owned(), Some("not needed")));
    }
}

#[tokio::test(start_paused = true)]
async fn s7_cancelling_stops_the_work() {
    let clock = RuntimeClock::new();
    let store: Arc<dyn TaskStore> = Arc::new(MemoryOptions::default().clock(clock).open());
    let desk = InterfaceAgent::new("desk", Arc::clone(&store)).unwrap();
    store.insert(task("a", &[])).await.unwrap();
    let stopped = Diary::new();
    let agent = does({
        let stopped = stopped.clone();
        move |cx: TaskContext| {
            let stopped = stopped.clone();
            async move {
                stopped.note(cx.stopped().await);
                Ok(())
            }
        }
    });
    let (shutdown, worker) = (Shutdown::new(), Worker::builder("w-1").build(store, agent).unwrap());
    let (report, ()) = tokio::join!(worker.run_until(&shutdown), async {
        sleep(Duration::from_secs(1)).await;
        let text = ask(&desk, "cancel a").await.text;
        assert_eq!(text, "task a is cancelled now; w-1 is told to stop working on it");
        sleep(Duration::from_secs(15)).await;
        shutdown.drain();
    });
    assert_eq!(stopped.read(), [StopReason::Cancelled]);
    assert_eq!(
        (report.unwrap().lost, ask(&desk, "tasks running").await.text.as_str()),
        (1, "no tasks (running)")
    );
}

#[tokio::test]
async fn changes_are_made_and_their_result_is_told() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        stage.store.insert(task("a", &[]).with_review()).await.unwrap();
        for (line, answer) in [
            ("pause a later", "task a is paused now"),
            ("resume a", "task a is ready now"),
            ("prioritise a 10", "task a is ready now"),
        ] {
            assert_eq!(ask(&desk, line).await.text, answer);
        }
        assert_eq!(stage.get("a").await.priority.level(), 10);
        stage.done("a").await;
        assert_eq!(ask(&desk, "reject a not good").await.text, "task a is ready now");
        stage.fatal("a").await;
        assert_eq!(ask(&desk, "requeue a").await.text, "task a is ready now");
        stage.done("a").await;
        assert_eq!(ask(&desk, "approve a").await.text, "task a is done now");
        assert_eq!(stage.get("a").await.state, TaskState::Done);
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_the_reason() {
    for stage in Stage::both().await {
        let desk = desk(&stage);
        stage.store.insert(task("a", &[])).await.unwrap();
        stage.done("a").await;
        let text = refused(&desk, "cancel a").await;
        assert!(text.contains("cannot cancel a task that is done"), "{text}");
        let unknown = "there is no task b; `tasks all` lists them";
        assert_eq!(refused(&desk, "cancel b").await, unknown);
        assert_eq!(refused(&desk, "show b").await, unknown);
    }
}
