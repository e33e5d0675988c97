//! The agents: tasks of this process, each with connections of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_benches::Failure;
use popkit_coordinator::{
    Agent, AgentHandle, AgentOptions, Order, Shutdown, TaskContext, Worker, WorkerReport,
};
use popkit_protocol::{AgentId, Insight, Outcome, TaskId};
use popkit_store::TaskStore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::Args;
use crate::scene::Scene;

/// Of which kind the tasks are that agents take.
pub(crate) const JOB: &str = "job";
/// How long an agent listens at a time.
const LISTEN: Duration = Duration::from_secs(3600);

/// Whom an insight concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Those of the sharer's group.
    Group,
    /// Everybody.
    All,
}

/// One agent, as this process sees it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) handle: AgentHandle,
    pub(crate) group: String,
    tasks: Arc<dyn TaskStore>,
}

impl Member {
    pub(crate) fn tag(&self, tag: Tag) -> &str {
        match tag {
            Tag::Group => &self.group,
            Tag::All => "all",
        }
    }
}

/// What an agent was told, and when.
#[derive(Debug)]
pub(crate) enum Heard {
    Begun,
    Insight { reader: AgentId, insight: Box<Insight>, at: Instant },
    Failed(String),
}

/// A task that an agent has claimed, and when.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) task: TaskId,
    pub(crate) attempt: u32,
    pub(crate) at: Instant,
}

/// All agents. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) members: Vec<Member>,
    pub(crate) heard: UnboundedReceiver<Heard>,
    pub(crate) claimed: UnboundedReceiver<Claimed>,
    claims: UnboundedSender<Claimed>,
    _listening: JoinSet<()>,
}

/// Notes that a task was claimed, and is done with it.
struct Clerk(UnboundedSender<Claimed>);

#[async_trait]
impl Agent for Clerk {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        let claimed = Claimed { task: cx.id().clone(), attempt: cx.attempt(), at: Instant::now() };
        // Nobody listens when the bench is over.
        let _ = self.0.send(claimed);
        Outcome::Done { result: None }
    }
}

impl Crowd {
    /// Lets all join, and waits until the phase has begun for each of them.
    pub(crate) async fn join(scene: &Scene, args: &Args) -> Result<Self, Failure> {
        let ((tell, mut heard), (claims, claimed)) = (unbounded_channel(), unbounded_channel());
        let (mut members, mut listening) = (Vec::new(), JoinSet::new());
        for number in 0..args.agents {
            let handles = scene.handles().await?;
            let group = format!("group-{}", number / args.group);
            let options = AgentOptions::new(AgentId::new(format!("agent-{number}"))?);
            let options = options.with_tags([group.as_str(), "all"]);
            let (transport, documents) =
                (Arc::clone(&handles.transport), Arc::clone(&handles.store.documents));
            let handle = AgentHandle::join(transport, documents, options).await?;
            let is_deaf = args.deaf == Some(number);
            listening.spawn(listen(handle.clone(), is_deaf, tell.clone()));
            members.push(Member { handle, group, tasks: handles.tasks() });
        }
        let begun = async {
            for _ in 0..args.agents {
                match heard.recv().await {
                    Some(Heard::Begun) => {}
                    other => return Err(format!("{other:?} before the phase").into()),
                }
            }
            Ok::<_, Failure>(())
        };
        timeout(Duration::from_secs(120), begun)
            .await
            .map_err(|_| "the phase does not begin")??;
        Ok(Self { members, heard, claimed, claims, _listening: listening })
    }

    /// Has all take tasks, with leases of this length, until this is over.
    pub(crate) fn work(&self, lease: Duration, shutdown: &Shutdown) -> Result<Working, Failure> {
        let mut working = JoinSet::new();
        for Member { handle, tasks, .. } in &self.members {
            let worker = Worker::builder(handle.id().as_str()).kinds([JOB]).lease(lease);
            let clerk = Arc::new(Clerk(self.claims.clone()));
            let worker = worker.session(handle.clone()).build(Arc::clone(tasks), clerk)?;
            let shutdown = shutdown.clone();
            working.spawn(async move { worker.run_until(&shutdown).await });
        }
        Ok(Working(working))
    }
}

/// Agents that take tasks.
#[derive(Debug)]
pub(crate) struct Working(JoinSet<popkit_store::Result<WorkerReport>>);

impl Working {
    /// Waits for their end, once it was asked for.
    pub(crate) async fn end(mut self) -> Result<(), Failure> {
        while let Some(ended) = self.0.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn listen(handle: AgentHandle, is_deaf: bool, tell: UnboundedSender<Heard>) {
    loop {
        let told = match handle.next(LISTEN).await {
            Ok(Some(Order::Insight(_))) if is_deaf => continue,
            Ok(Some(Order::Insight(insight))) => {
                Heard::Insight { reader: handle.id().clone(), insight, at: Instant::now() }
            }
            Ok(Some(Order::Barrier(barrier))) => match handle.arrive(&barrier).await {
                Ok(()) => continue,
                Err(error) => Heard::Failed(error.to_string()),
            },
            Ok(Some(Order::Phase(_))) => {
                // It has nothing to do but what comes as a task.
                handle.rests();
                Heard::Begun
            }
            Ok(Some(Order::Ended(ended))) => Heard::Failed(ended.how().to_owned()),
            Ok(_) => continue,
            Err(error) => Heard::Failed(error.to_string()),
        };
        let is_over = matches!(told, Heard::Failed(_));
        if tell.send(told).is_err() || is_over {
            return;
        }
    }
}
