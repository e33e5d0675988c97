//! Executing a task as a child process.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::{AgentId, Failure, Outcome, TaskId};
use serde::Serialize;

use super::environment::{self, Files};
use super::payload::{CommandTask, Run};
use super::result::{CommandResult, failure, read};
use crate::agent::{Agent, StopReason, TaskContext};
use crate::plan::{Command, Template};
use crate::process::{ChildSpec, Exit, ProcessError, Runner, ShimCommand, Stream};

/// "Try again later", as `sysexits.h` numbers it.
const EX_TEMPFAIL: i32 = 75;
/// How long a task rests that said so.
const LATER: Duration = Duration::from_secs(5);

/// Sees each line that a child prints: the task, the stream, the line. Must not block.
pub type OutputHook = Arc<dyn Fn(&TaskId, Stream, &str) + Send + Sync>;

/// An agent whose tasks are commands. See the [module](super) for what a child gets and
/// how it ends.
#[derive(Clone)]
pub struct CommandAgent {
    id: AgentId,
    runner: Runner,
    base_dir: PathBuf,
    dir: Option<PathBuf>,
    env: BTreeMap<String, String>,
    template: Option<Template>,
    grace: Duration,
    output: Option<OutputHook>,
}

impl std::fmt::Debug for CommandAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the values of the environment: they may be secrets.
        f.debug_struct("CommandAgent")
            .field("id", &self.id)
            .field("base_dir", &self.base_dir)
            .field("env", &self.env.keys())
            .finish_non_exhaustive()
    }
}

impl CommandAgent {
    /// An agent that starts its children through `shim`, in `base_dir`.
    #[must_use]
    pub fn new(id: AgentId, shim: ShimCommand, base_dir: PathBuf) -> Self {
        Self {
            id,
            runner: Runner::new(shim),
            base_dir,
            dir: None,
            env: BTreeMap::new(),
            template: None,
            grace: Duration::from_secs(1),
            output: None,
        }
    }

    /// Executes prompts by this command.
    #[must_use]
    pub fn with_template(mut self, template: Option<Template>) -> Self {
        self.template = template;
        self
    }

    /// With variables for every child; a task's own go before these. Of the runner's, no
    /// `POPKIT_*` but `POPKIT_LOG` reaches a child: they may be about the runner's own task.
    #[must_use]
    pub fn with_env(mut self, env: BTreeMap<String, String>) -> Self {
        self.env.extend(env);
        self
    }

    /// Runs children here, relative to the base folder, unless a task says otherwise.
    #[must_use]
    pub fn with_dir(mut self, dir: Option<PathBuf>) -> Self {
        self.dir = dir;
        self
    }

    /// How long a child that is told to stop has before it is killed. The default is 1 s;
    /// keep it below the worker's stop grace.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Shows every line of output to this function.
    #[must_use]
    pub fn with_output(mut self, output: OutputHook) -> Self {
        self.output = Some(output);
        self
    }

    /// What to run, or why that cannot be known.
    fn child(&self, cx: &TaskContext, files: &Files) -> Result<ChildSpec, Failure> {
        let task = cx.task();
        let payload: CommandTask = task.spec.payload.decode().map_err(|error| {
            Failure::new("payload", format!("the payload is no command: {error}"))
        })?;
        let command = match payload.run {
            Run::Shell(script) => Command::Shell(script),
            Run::Argv(argv) => Command::Argv(argv),
            Run::Prompt(prompt) => {
                let template = self.template.as_ref().ok_or_else(|| {
                    Failure::new("agent", "this agent has no command for prompts")
                })?;
                template.render(&prompt, task.id(), &task.spec.title, task.attempt)
            }
        };
        let mut spec = ChildSpec::new(command.to_argv());
        let dir = payload.dir.as_ref().or(self.dir.as_ref());
        spec.dir = Some(dir.map_or_else(|| self.base_dir.clone(), |dir| self.base_dir.join(dir)));
        let set = self.env.iter().chain(&payload.env);
        let mut env: BTreeMap<String, OsString> =
            set.map(|(name, value)| (name.clone(), value.into())).collect();
        env.extend(environment::own(cx, self.id.as_str(), files));
        spec.env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
        spec.env_remove = environment::foreign(std::env::vars_os().map(|(name, _)| name));
        environment::check(&spec.argv, &spec.env)?;
        spec.input = input(cx);
        spec.grace = self.grace;
        if let Some(output) = &self.output {
            let (output, id) = (Arc::clone(output), task.id().clone());
            spec.on_line = Some(Arc::new(move |stream, line| output(&id, stream, line)));
        }
        Ok(spec)
    }
}

/// What the child reads: the task as its agent sees it.
fn input(cx: &TaskContext) -> Vec<u8> {
    #[derive(Serialize)]
    struct Input<'a> {
        v: u32,
        task: &'a popkit_protocol::Task,
        fence: u64,
    }
    let input = Input { v: 1, task: cx.task(), fence: cx.fence().number() };
    // A stored task was JSON before; where it should not be again, the variables remain.
    let mut text = serde_json::to_vec(&input).unwrap_or_default();
    text.push(b'\n');
    text
}

#[async_trait]
impl Agent for CommandAgent {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        // A folder of its own, gone with the attempt: a later attempt never reads the
        // result of an earlier one.
        let folder = match tempfile::Builder::new().prefix("popkit-task-").tempdir() {
            Ok(folder) => folder,
            Err(error) => {
                return Outcome::retry(format!("cannot make a folder for the result: {error}"));
            }
        };
        let files = match Files::new(folder.path(), cx.task()).await {
            Ok(files) => files,
            Err(error) => {
                return Outcome::retry(format!("cannot write the checkpoint's file: {error}"));
            }
        };
        let spec = match self.child(cx, &files) {
            Ok(spec) => spec,
            Err(error) => return Outcome::Fail { error },
        };
        let stopped = async {
            cx.stopped().await;
        };
        let finished = match self.runner.run(spec, stopped).await {
            Ok(finished) => finished,
            Err(error) => return refused(&error),
        };
        match finished.exit {
            Exit::Code(0) => match read(&files.result).await {
                Ok(value) => match Outcome::done(&CommandResult::of(&finished, value)) {
                    Ok(outcome) => outcome,
                    Err(error) => Outcome::fail(error.to_string()),
                },
                Err(error) => Outcome::Retry { delay: None, error },
            },
            Exit::Code(EX_TEMPFAIL) => Outcome::Snooze { delay: LATER },
            Exit::Cancelled if cx.stop_reason() == Some(StopReason::Shutdown) => Outcome::Release,
            _ => Outcome::Retry { delay: None, error: failure(&finished, cx.stop_reason()) },
        }
    }
}

/// A command or folder that is missing will not come back by trying again.
fn refused(error: &ProcessError) -> Outcome {
    match error {
        ProcessError::Spawn { .. } | ProcessError::Wait { .. } => Outcome::retry(told(error)),
        _ => Outcome::Fail { error: Failure::new("command", told(error)) },
    }
}

/// An error with its causes: what the system said is the last of them.
fn told(error: &ProcessError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_its_cause() {
        let source = std::io::Error::other("argument list too long");
        let error = ProcessError::Spawn { program: "/bin/x".into(), source: Box::new(source) };
        let expected = "cannot start \"/bin/x\" to run the command: argument list too long";
        assert_eq!(refused(&error), Outcome::retry(expected));
    }
}
