//! A supervisor at work beside workers. Time is the runtime's paused clock.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::supervisor::{Ending, Supervisor};
use popkit_coordinator::plan::TaskGraph;
use popkit_coordinator::{Shutdown, TaskError, Worker};
use popkit_protocol::{ManualClock, TaskState};
use popkit_store::layer::{Fault, Operation};
use popkit_store::{ErrorKind, MemoryStore, TaskStore, TaskStoreExt as _};
use tokio::time::sleep;

use super::{Stage, id, publish, task};
use crate::worker::{Diary, RuntimeClock, does};

fn line() -> Fault<MemoryStore> {
    let clock = RuntimeClock::new();
    Fault::new(popkit_store::MemoryOptions::default().clock(clock).open())
}

fn supervisor(line: &Fault<MemoryStore>) -> Supervisor {
    Supervisor::new("lead", Arc::new(line.clone())).unwrap()
}

fn graph() -> TaskGraph {
    TaskGraph::new(vec![task("a", &[]), task("b", &["a"]), task("c", &["a"])]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn workers_work_and_the_supervisor_sees_them_through() {
    let (line, shutdown) = (line(), Shutdown::new());
    let lead = supervisor(&line);
    let plan = lead.publish(&graph()).await.unwrap();
    let monitor = lead.monitor(&plan).await.unwrap();
    let mut feed = monitor.feed();
    let tries = Diary::new();
    let agent = does({
        let tries = tries.clone();
        move |cx: popkit_coordinator::TaskContext| {
            let (id, tries) = (cx.id().to_string(), tries.clone());
            async move {
                sleep(Duration::from_secs(3)).await;
                tries.note(id.clone());
                // Its only attempt fails: the supervisor gives it another.
                if id == "b" && tries.read().iter().filter(|one| **one == id).count() == 1 {
                    return Err(TaskError::retry("a slip"));
                }
                Ok(())
            }
        }
    });
    let worker = |name: &str| {
        let store: Arc<dyn TaskStore> = Arc::new(line.inner().clone());
        Worker::builder(name).build(store, Arc::clone(&agent)).unwrap()
    };
    let (one, two) = (worker("w-1"), worker("w-2"));
    let watch = async {
        let summary = monitor.run(&Shutdown::new()).await;
        shutdown.drain();
        summary.unwrap()
    };
    let follow = async {
        let mut last = 0.0;
        while let Some(look) = feed.next().await {
            assert!(last < 1.0, "what was told as over goes on: {look}");
            last = look.fraction;
        }
        last
    };
    let (_, _, summary, last) =
        tokio::join!(one.run_until(&shutdown), two.run_until(&shutdown), watch, follow);
    assert!(summary.is_success(), "{summary}");
    assert_eq!((summary.requeued, last.to_string().as_str()), (1, "1"));
    assert_eq!(tries.read().len(), 4);
    for operation in [Operation::Step, Operation::Heartbeat, Operation::Wait] {
        let calls = line.injected_into(operation).calls;
        assert_eq!(calls, 0, "a supervisor never claims and never executes: {operation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_reached_is_waited_for() {
    let line = line();
    let lead = supervisor(&line);
    let plan = lead.publish(&graph()).await.unwrap();
    let monitor = lead.monitor(&plan).await.unwrap();
    line.down();
    let finish = async {
        sleep(Duration::from_secs(600)).await;
        let stage = Stage::over(Arc::new(line.inner().clone()), Arc::new(ManualClock::default()));
        for id in ["a", "b", "c"] {
            stage.done(id).await;
        }
        line.up();
    };
    let shutdown = Shutdown::new();
    let (summary, ()) = tokio::join!(monitor.run(&shutdown), finish);
    assert!(summary.unwrap().is_success());
}

#[tokio::test(start_paused = true)]
async fn a_closed_store_ends_the_watch_with_its_error() {
    let line = line();
    let lead = supervisor(&line);
    let plan = lead.publish(&graph()).await.unwrap();
    let monitor = lead.monitor(&plan).await.unwrap();
    let shutdown = Shutdown::new();
    let (ended, closed) = tokio::join!(monitor.run(&shutdown), async {
        sleep(Duration::from_secs(5)).await;
        line.inner().close().await
    });
    closed.unwrap();
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_the_watch_and_leaves_the_tasks() {
    let line = line();
    let lead = supervisor(&line);
    let plan = lead.publish(&graph()).await.unwrap();
    let shutdown = Shutdown::new();
    let (summary, ()) = tokio::join!(lead.watch(&plan, &shutdown), async {
        sleep(Duration::from_secs(5)).await;
        shutdown.drain();
    });
    let summary = summary.unwrap();
    assert_eq!((summary.ending, summary.unfinished.len()), (Ending::Stopped, 3));
    let task = line.inner().get(&id("a")).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::Pending);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_happens_the_store_is_asked_rarely() {
    let line = line();
    let lead = supervisor(&line);
    let plan = publish(&lead, [task("a", &[])]).await;
    let shutdown = Shutdown::new();
    let (_, ()) = tokio::join!(lead.watch(&plan, &shutdown), async {
        sleep(Duration::from_secs(3600)).await;
        shutdown.drain();
    });
    let looks = line.injected_into(Operation::History).calls;
    assert!((3000..4000).contains(&looks), "about one look a second, not {looks} in an hour");
}
