//! A supervisor publishes a plan, three workers execute it, a fourth agent talks to people. The
//! test fails in its only attempt; the supervisor puts it back. What it tells goes over the
//! session's channels to the interface agent, which prints the status.
//!
//! Run it: `cargo run -p popkit-examples --example supervisor_team`. It prints this, and below it
//! the last five events:
//!
//! ```text
//! tasks: 5 in all, 100% ended
//!   5 done
//! plan: complete: 5 of 5 done (100%) (0s ago, by coordinator)
//! ```

use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_coordinator::agent::interface::InterfaceAgent;
use popkit_coordinator::agent::supervisor::Supervisor;
use popkit_coordinator::plan::TaskGraph;
use popkit_coordinator::{Agent, Post, Shutdown, TaskContext, Worker};
use popkit_protocol::{Namespace, NewTask, Outcome, Party, RandomIds, RetryPolicy, TaskId};
use popkit_store::{MemoryStore, TaskStore};
use popkit_transport::{MemoryTransport, Stamps, Transport};

type Failure = Box<dyn std::error::Error>;

fn plan() -> Result<TaskGraph, Failure> {
    let steps: [(&str, &str, &[&str]); 5] = [
        ("parse", "build", &[]),
        ("print", "build", &[]),
        ("test", "check", &["parse", "print"]),
        ("docs", "write", &["parse"]),
        ("ship", "build", &["test", "docs"]),
    ];
    let tasks = steps.map(|(id, phase, needs)| {
        let needs = needs.iter().copied().map(TaskId::new).collect::<Result<Vec<_>, _>>()?;
        let task = NewTask::new(id.try_into()?, "work".try_into()?).with_needs(needs);
        Ok(task.with_tags([format!("phase:{phase}")]).with_retry(RetryPolicy::never()))
    });
    Ok(TaskGraph::new(tasks.into_iter().collect::<Result<_, Failure>>()?)?)
}

/// Stands for a model, a script, a service.
struct Apprentice;

#[async_trait]
impl Agent for Apprentice {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        match (cx.id().as_str(), cx.task().errors.len()) {
            ("test", 0) => Outcome::retry("1 of 12 tests failed"),
            _ => Outcome::Done { result: None },
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let store: Arc<dyn TaskStore> = Arc::new(MemoryStore::new());
    let transport: Arc<dyn Transport> = Arc::new(MemoryTransport::new());
    let (session, shutdown) = (Namespace::unnamed(), Shutdown::new());
    let post = Post::new(Arc::clone(&transport), session.clone(), Stamps::new(&RandomIds));
    let lead = Supervisor::new("lead", Arc::clone(&store))?.with_post(post, Party::Coordinator);
    let plan = lead.publish(&plan()?).await?;
    let worker = |name: &str| Worker::builder(name).build(Arc::clone(&store), Arc::new(Apprentice));
    let (a, b, c) = (worker("w-1")?, worker("w-2")?, worker("w-3")?);
    let watch = async {
        let summary = lead.watch(&plan, &Shutdown::new()).await;
        shutdown.drain();
        summary
    };
    let run = |worker| Worker::run_until(worker, &shutdown);
    let (a, b, c, summary) = tokio::join!(run(&a), run(&b), run(&c), watch);
    assert_eq!((a?.claimed + b?.claimed + c?.claimed, summary?.requeued), (6, 1));

    let desk = InterfaceAgent::new("desk", store)?;
    desk.catch_up(&*transport, &session).await?;
    writeln!(std::io::stdout(), "{}", desk.answer("status").await?)?;
    Ok(())
}
