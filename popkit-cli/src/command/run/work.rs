//! The agents at work.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_coordinator::agent::command::CommandAgent;
use popkit_coordinator::process::{ShimCommand, Stream};
use popkit_coordinator::{Agent, Shutdown, TaskContext, Worker, WorkerReport};
use popkit_protocol::{Kinds, Outcome, TaskId};
use popkit_store::{Result, TaskStore};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::begin::{Member, Place, Ready};
use crate::SHIM;
use crate::error::CliError;

/// Lines of children that wait to be shown; more are dropped, since children must not wait
/// for a terminal.
const LINES: usize = 4096;

/// A line that a child printed.
pub(super) type OutputLine = (TaskId, Stream, String);

/// What every process of a run is started with.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// This program, as a shim.
    pub(super) shim: ShimCommand,
    /// The plan's folder.
    pub(super) base_dir: PathBuf,
    /// Variables by which `popkit` in a child finds this run.
    pub(super) env: BTreeMap<String, String>,
}

impl Setting {
    /// The setting of this plan in this place.
    ///
    /// # Errors
    ///
    /// Where this program does not know its own file.
    pub(super) fn new(ready: &Ready, place: &Place) -> std::result::Result<Self, CliError> {
        let program = std::env::current_exe()
            .map_err(|e| CliError::failed(format!("cannot find the program's own file: {e}")))?;
        let shim = ShimCommand { program, args: vec![OsString::from(SHIM)] };
        let state = place.namespace.state_dir().path().display().to_string();
        let session = place.messages.session.session();
        let env = [
            ("POPKIT_STORE", place.url.clone()),
            ("POPKIT_TRANSPORT", place.messages.url()),
            ("POPKIT_STATE_DIR", state),
            ("POPKIT_PLAN", ready.plan.name.clone()),
            // Empty, as if not set: what this process was given is not for its children.
            ("POPKIT_SESSION", session.map(ToString::to_string).unwrap_or_default()),
            ("POPKIT_URL", String::new()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Self { shim, base_dir: ready.plan.base_dir.clone(), env })
    }
}

/// The agents, once they work.
#[derive(Debug)]
pub(super) struct Work {
    /// One worker per agent.
    pub(super) workers: JoinSet<Result<WorkerReport>>,
    /// What children print; nothing unless asked for.
    pub(super) output: mpsc::Receiver<OutputLine>,
    /// Told when an agent begins a task, and when it is through with one: the store is about to
    /// know.
    pub(super) stirred: Arc<Notify>,
}

/// Sets all agents to work.
///
/// # Errors
///
/// An agent that cannot be built; none works then.
pub(super) fn start(
    ready: &Ready,
    setting: &Setting,
    store: &Arc<dyn TaskStore>,
    shutdown: &Shutdown,
    (lease, grace, shows_output): (Duration, Duration, bool),
) -> std::result::Result<Work, CliError> {
    let (sender, output) = mpsc::channel(LINES);
    let stirred = Arc::new(Notify::new());
    let built: std::result::Result<Vec<Worker>, CliError> = ready
        .crew
        .members
        .iter()
        .map(|member| {
            let mut agent = agent(member, setting);
            if shows_output {
                let sender = sender.clone();
                agent = agent.with_output(Arc::new(move |task: &TaskId, stream, line: &str| {
                    // Full or closed: see above.
                    let _ = sender.try_send((task.clone(), stream, line.to_owned()));
                }));
            }
            let agent = Stirring { agent, stirred: Arc::clone(&stirred) };
            worker(member, agent, store, (lease, grace))
        })
        .collect();
    let mut workers = JoinSet::new();
    for worker in built? {
        let shutdown = shutdown.clone();
        workers.spawn(async move { worker.run_until(&shutdown).await });
    }
    Ok(Work { workers, output, stirred })
}

/// An agent whose beginnings and ends are told.
#[derive(Debug)]
struct Stirring {
    agent: CommandAgent,
    stirred: Arc<Notify>,
}

#[async_trait]
impl Agent for Stirring {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        self.stirred.notify_one();
        let outcome = self.agent.execute(cx).await;
        self.stirred.notify_one();
        outcome
    }
}

fn agent(member: &Member, setting: &Setting) -> CommandAgent {
    let id = member.profile.agent().clone();
    CommandAgent::new(id, setting.shim.clone(), setting.base_dir.clone())
        .with_template(member.template.clone())
        .with_env(member.env.clone())
        .with_env(setting.env.clone())
        .with_dir(member.dir.clone())
}

fn worker(
    member: &Member,
    agent: Stirring,
    store: &Arc<dyn TaskStore>,
    (lease, grace): (Duration, Duration),
) -> std::result::Result<Worker, CliError> {
    let profile = &member.profile;
    let mut builder = Worker::builder(profile.agent().as_str())
        .capabilities(profile.capabilities().iter().map(|can| can.as_str()))
        .slots(member.slots)
        .lease(lease)
        .grace(grace);
    if let Kinds::Only(kinds) = profile.kinds() {
        builder = builder.kinds(kinds.iter().map(|kind| kind.as_str()));
    }
    builder
        .build(Arc::clone(store), Arc::new(agent))
        .map_err(|error| CliError::data(error.to_string()))
}
